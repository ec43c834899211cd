// Put into every document before its own scripts: notes when things happen, changes nothing.
(() => {
  const probes = (window.probes = { shown: null, ready: null, frames: null });

  // The first question can be answered: seen in the frame after it was drawn.
  const seen = () => {
    probes.shown ??= document.querySelector('[data-testid=cursor]') && performance.now();
    probes.ready ??=
      document.querySelector('[data-testid=predict] [data-choice]:not([disabled])') &&
      performance.now();
    // Whatever takes longer is not coming; looking on would cost the frames that are measured.
    if (!probes.ready && performance.now() < 5000) {
      requestAnimationFrame(seen);
    }
  };
  requestAnimationFrame(seen);

  // The memory that the engine and the page's own state live in, in bytes.
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const make = WebAssembly[name];
    WebAssembly[name] = async (...given) => {
      // The first half of the program; what comes behind it is waited for by nobody.
      probes.asked ??= performance.now();
      const made = await make(...given);
      probes.compiled ??= performance.now();
      // Of the parts of a program that is in several only the first has one of its own.
      const { memory } = (made.instance ?? made).exports;
      if (memory) probes.memory = () => memory.buffer.byteLength;
      return made;
    };
  }

  // A frame begins with whichever of its callbacks comes first, and nobody knows which that is.
  let begun = null;
  let begins = () => {};
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (then) =>
    ask((now) => {
      if (now !== begun) {
        begun = now;
        begins(now);
      }
      then(now);
    });

  // Per frame: time since the last one, and how long the main thread was busy with it. The message
  // is posted before everything else in the frame and arrives after its style, layout and paint.
  probes.record = () => {
    const frames = (probes.frames = { gaps: [], work: [], on: true });
    const after = new MessageChannel();
    let last = null;
    let start = 0;
    after.port1.onmessage = () => frames.work.push(performance.now() - start);
    begins = (now) => {
      start = performance.now();
      if (!frames.on) {
        begins = () => {};
        return;
      }
      if (last !== null) {
        frames.gaps.push(now - last);
      }
      last = now;
      after.port2.postMessage(null);
    };
    // A page that stands still asks for no frames of its own.
    const stay = () => frames.on && requestAnimationFrame(stay);
    stay();
  };

  // Drags the playhead along the whole tape, one place per frame, and back.
  probes.scrub = (milliseconds) => {
    const tape = document.querySelector('[data-testid=tape]');
    const seeks = [];
    const go = (kind, share) => {
      const box = tape.getBoundingClientRect();
      const at = { clientX: box.left + share * box.width, clientY: box.top + box.height / 2 };
      const plain = { bubbles: true, pointerId: 1, button: 0, buttons: 1 };
      const begun = performance.now();
      tape.dispatchEvent(new PointerEvent(kind, { ...plain, ...at }));
      seeks.push(performance.now() - begun);
    };
    probes.seeks = null;
    const begun = performance.now();
    go('pointerdown', 0);
    const frame = () => {
      const share = (performance.now() - begun) / milliseconds;
      if (share < 2) {
        go('pointermove', share < 1 ? share : 2 - share);
        requestAnimationFrame(frame);
      } else {
        go('pointerup', 0);
        probes.frames.on = false;
        probes.seeks = seeks;
      }
    };
    requestAnimationFrame(frame);
  };

  // Types a line into the console; how long the page was busy until it had been done.
  probes.line = (text) => {
    const field = document.querySelector('[data-testid=console-input]');
    field.value = text;
    const begun = performance.now();
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    return performance.now() - begun;
  };

  // Gives a field a value the way typing does.
  probes.fill = (field, value) => {
    field.value = value;
    const kinds = field.tagName === 'SELECT' ? ['change'] : ['input', 'change'];
    kinds.forEach((kind) => field.dispatchEvent(new Event(kind, { bubbles: true })));
  };
})();
