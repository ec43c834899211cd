// Keeps this build in the browser, so that the page opens without a network after its first visit.
//
// What is named with its build never changes and comes from the cache; everything else (the page
// itself, papers) is asked of the network first, so that a new build is seen at once.

const BUILD = '__BUILD__';
const CACHE = `replicascope-${BUILD}`;
// Written when the page is built: every file, the way the page asks for it.
const FILES = ['__FILES__'];

async function keep() {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((file) => new Request(file, { cache: 'no-cache' })));
  await self.skipWaiting();
}

// Caches of other builds, once this one is whole.
async function forget() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith('replicascope-') && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function kept(request) {
  const cache = await caches.open(CACHE);
  const page = request.mode === 'navigate';
  return cache.match(page ? './' : request, { ignoreSearch: page });
}

async function answer(request) {
  const named = new URL(request.url).searchParams.get('v') === BUILD;
  const found = named ? await kept(request) : undefined;
  if (found) {
    return found;
  }
  try {
    return await fetch(request);
  } catch (error) {
    const fallback = await kept(request);
    if (fallback) {
      return fallback;
    }
    throw error;
  }
}

self.addEventListener('install', (event) => event.waitUntil(keep()));
self.addEventListener('activate', (event) => event.waitUntil(forget()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method === 'GET' && new URL(request.url).origin === self.location.origin) {
    event.respondWith(answer(request));
  }
});
