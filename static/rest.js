// The rest of the program: what a first visit does not run. It comes by itself after the page has
// started; should something need it before that, it is fetched there and then.
//
// `first` is what the first half of the program exports; with it the rest can be put in its place.

const PATIENCE = [500, 2000, 8000, 30000];

export class Rest {
  constructor(first, address) {
    this.imports = { first };
    this.address = address;
  }

  // A program that was not cut has all of itself.
  get isHere() {
    const { arrived } = this.imports.first;
    return arrived === undefined || arrived.value === 1;
  }

  // While other things go on.
  async fetched() {
    if (!this.isHere) {
      const module = await WebAssembly.compileStreaming(fetch(this.address));
      await WebAssembly.instantiate(module, this.imports);
    }
  }

  // In the background, and again a few times should the network be away.
  async soon() {
    for (const pause of PATIENCE) {
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
      new WebAssembly.Instance(module, this.imports);
    } catch (error) {
      fail(error);
      throw error;
    }
  }
}

// A request that waits may not be asked for bytes; as text of one byte each it comes whole.
function bytesOf(address) {
  const text = textOf(address, 'text/plain; charset=x-user-defined');
  return Uint8Array.from(text, (sign) => sign.charCodeAt(0) & 0xff);
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
