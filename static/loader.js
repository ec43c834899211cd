// Starts the page, and says what happened if it cannot start or stops.
//
// It stands outside of the wasm instance on purpose: after a panic nothing in there can be trusted.

import { Rest, textOf } from './rest.js?v=__BUILD__';

const BUILD = '__BUILD__';

const WORDS = {
  en: {
    title: 'The page has stopped',
    start: 'The page could not start',
    missing: 'A part of the page did not come',
    away: 'The network may be away. Your run was kept after each input; try again when it is back.',
    text: 'A fault of this program, not of yours. Your run was kept after each input.',
    recover: 'Recover the run',
    fresh: 'Start fresh',
  },
  zh: {
    title: '页面停止了运行',
    start: '页面无法启动',
    missing: '页面有一部分没有加载成功',
    away: '可能是网络断了。每次输入之后，你的运行都已保存；网络恢复后再试即可。',
    text: '这是程序的错误，不是你的操作问题。每次输入之后，你的运行都已保存。',
    recover: '恢复运行',
    fresh: '重新开始',
  },
};

function words() {
  const lang = document.documentElement.lang || navigator.language || 'en';
  return lang.toLowerCase().startsWith('zh') ? WORDS.zh : WORDS.en;
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) {
    made.className = className;
  }
  return made;
}

// Forgets where one was: lessons begin anew, the sandbox opens none of its runs. The runs that were
// built there stay in its list; progress, language and theme stay.
function forget() {
  try {
    for (const key of Object.keys(localStorage)) {
      if (/^replicascope\.((run|place)\.lesson\.|sandbox\.now)/.test(key)) {
        localStorage.removeItem(key);
      }
    }
  } catch {
    // No storage, nothing to forget.
  }
}

function button(text, primary, act) {
  const made = element('button', text, primary ? 'button primary big' : 'button big');
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}

let fallen = false;

function fall(title, detail, text = 'text') {
  if (fallen) {
    return;
  }
  fallen = true;
  const say = words();
  const section = element('section', '', 'crash');
  section.setAttribute('role', 'alert');
  section.dataset.testid = 'crash';
  section.append(
    element('h1', say[title]),
    element('p', say[text]),
    element('pre', String(detail), 'code'),
  );
  const row = element('p', '', 'row');
  const recover = button(say.recover, true, () => location.reload());
  const fresh = button(say.fresh, false, () => {
    forget();
    location.hash = '#/';
    location.reload();
  });
  row.append(recover, fresh);
  section.append(row);
  document.body.append(section);
  recover.focus();
}

// Reads a lesson that comes from somewhere else: a program that no other visit pays for.
window.replicascopeReader = async (scenario, en, zh) => {
  const reader = await import(`./reader.js?v=${BUILD}`);
  await reader.default({ module_or_path: `./reader_bg.wasm?v=${BUILD}` });
  return reader.read(scenario, en, zh);
};

// Draws charts: likewise.
window.replicascopePlotter = async () => {
  const plotter = await import(`./plotter.js?v=${BUILD}`);
  await plotter.default({ module_or_path: `./plotter_bg.wasm?v=${BUILD}` });
  return plotter.plot;
};

window.addEventListener('replicascope:panic', (event) => fall('title', event.detail));

// Files of this build that the program reads as it goes: at once, since it waits meanwhile.
const texts = new Map();

window.replicascopeText = (file) => {
  if (!texts.has(file)) {
    texts.set(file, textOf(`./${file}?v=${BUILD}`));
  }
  return texts.get(file);
};

// Asks early for what a visit begins with. Should it fail, it is asked for again when needed.
async function foresee(file) {
  if (texts.has(file)) {
    return;
  }
  try {
    const response = await fetch(`./${file}?v=${BUILD}`);
    if (response.ok) {
      texts.set(file, await response.text());
    }
  } catch {
    // Later, then.
  }
}

// The language that the page will speak: of the link, of the last visit, of the browser.
function language() {
  const asked = /[?&]lang=(\w+)/.exec(location.hash)?.[1] ?? kept('lang') ?? navigator.language;
  return asked.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
}

function kept(name) {
  try {
    return localStorage.getItem(`replicascope.${name}`);
  } catch {
    return null;
  }
}

// Of all lessons but the first.
const SCENARIOS = 'texts/scenarios.json';

// Where a first visit goes.
const FIRST = /^#?\/?(lesson\/LF-1)?(\?|$)/;

// Whoever has been here takes up a run again, and that is more than a first visit does.
function isFirst() {
  try {
    const runs = Object.keys(localStorage).some((key) => /^replicascope\.(run|place)\./.test(key));
    return FIRST.test(location.hash) && !runs;
  } catch {
    return FIRST.test(location.hash);
  }
}

// When the page has shown what it has to show.
const atRest = window.requestIdleCallback ?? ((act) => setTimeout(act, 300));

try {
  const early = [foresee(`texts/words.${language()}.txt`)];
  const rest = new Rest(`./app_rest.wasm?v=${BUILD}`);
  window.replicascopeRest = () => rest.now((error) => fall('missing', error, 'away'));
  const whole = !isFirst();
  if (whole) {
    early.push(foresee(SCENARIOS));
    rest.compiled().catch(() => {});
  }
  const app = await import(`./app.js?v=${BUILD}`);
  rest.first = await app.default({ module_or_path: `./app_bg.wasm?v=${BUILD}` });
  if (whole && !rest.isHere) {
    // Should it fail, the page begins all the same and says so when it misses something.
    early.push(rest.fetched().catch(() => {}));
  }
  await Promise.all(early);
  app.start();
  atRest(
    () => {
      rest.soon();
      foresee(SCENARIOS);
    },
    { timeout: 2000 },
  );
} catch (error) {
  fall('start', error);
}

// Keeps the build for the next visit without a network. A frame keeps nothing of its own, and a
// browser may refuse: then the page needs its network, no more.
async function settle() {
  try {
    if (window.parent === window) {
      await navigator.serviceWorker.register('./sw.js');
      await navigator.serviceWorker.ready;
      document.documentElement.dataset.offline = 'ready';
    }
  } catch {
    // Not here.
  }
}

await settle();
