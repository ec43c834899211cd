// The rest of the program: what a first visit does not run. It comes by itself after the page has
// started; should something need it before that, it is fetched there and then.

const PATIENCE = [500, 2000, 8000, 30000];

export class Rest {
  // `first` is what the first half of the program exports, as soon as that is known.
  constructor(address) {
    this.address = address;
    this.first = undefined;
    this.compiling = undefined;
  }

  // A program that was not cut has all of itself.
  get isHere() {
    const { arrived } = this.first;
    return arrived === undefined || arrived.value === 1;
  }

  // Begins to fetch and compile it, beside everything else.
  compiled() {
    this.compiling ??= WebAssembly.compileStreaming(fetch(this.address));
    return this.compiling;
  }

  // Puts it in its place. What failed is tried anew the next time.
  async fetched() {
    try {
      const module = await this.compiled();
      if (!this.isHere) {
        await WebAssembly.instantiate(module, { first: this.first });
      }
    } catch (error) {
      this.compiling = undefined;
      throw error;
    }
  }

  // In the background, and again a few times should the network be away.
  async soon() {
    for (const pause of PATIENCE) {
      if (this.isHere) {
        return;
      }
      try {
        return await this.fetched();
      } catch {
        await new Promise((done) => setTimeout(done, pause));
      }
    }
  }

  // At once: the program waits in the middle of what it does, so nothing else can happen meanwhile.
  now(fail) {
    try {
      const module = new WebAssembly.Module(bytesOf(this.address));
      new WebAssembly.Instance(module, { first: this.first });
    } catch (error) {
      fail(error);
      throw error;
    }
  }
}

// A request that waits may not be asked for bytes; as text of one byte each it comes whole.
function bytesOf(address) {
  const text = textOf(address, 'text/plain; charset=x-user-defined');
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < bytes.length; at += 1) {
    bytes[at] = text.charCodeAt(at);
  }
  return bytes;
}

// A file, at once.
export function textOf(address, type = 'text/plain; charset=utf-8') {
  const request = new XMLHttpRequest();
  request.open('GET', address, false);
  request.overrideMimeType(type);
  request.send();
  if (request.status !== 200) {
    throw new Error(`${address}: ${request.status}`);
  }
  return request.responseText;
}
