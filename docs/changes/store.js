// Reads the store: what a release has, and files by their names. Each is read once.

export class StoreError extends Error {}

// Something that must be read before a template can be rendered.
class NotYet {
  constructor(names) {
    this.names = names;
  }
}

export class Store {
  // `read(name)` returns a promise of the bytes of a file of the store.
  constructor(read) {
    this.read = read;
    this.promised = new Map();
    this.there = new Map();
    this.releases = new Map();
  }

  bytes(name) {
    if (!this.promised.has(name)) {
      const kept = this.read(name).then((bytes) => {
        this.there.set(name, bytes);
        return bytes;
      });
      kept.catch(() => this.promised.delete(name));
      this.promised.set(name, kept);
    }
    return this.promised.get(name);
  }

  async json(name) {
    return JSON.parse(new TextDecoder().decode(await this.bytes(name)));
  }

  list() {
    return this.json("releases.json");
  }

  async release(version) {
    if (!this.releases.has(version)) {
      const index = await this.json(`releases/${version}.json`);
      this.releases.set(version, new Release(this, index));
    }
    return this.releases.get(version);
  }
}

export class Release {
  constructor(store, index) {
    this.store = store;
    this.index = index;
    this.version = index.version;
    this.parsed = new Map();
    this.texts = new Map();
  }

  get questions() {
    return this.index.questions;
  }

  // Returns what is stored of a template's file, or tells `loading()` to read it first.
  part(name) {
    const body = this.read(this.index.parts[name], name);
    const data = this.index.data[name];
    if (data) this.texts.set(body.map((node) => text(node)).join(""), this.read(data, name));
    return body;
  }

  // Returns the data of a file of YAML that was included.
  data(text) {
    return this.texts.has(text) ? structuredClone(this.texts.get(text)) : undefined;
  }

  read(file, name) {
    if (!file) throw new StoreError(`${this.version} has no ${name}`);
    if (!this.parsed.has(file)) {
      const bytes = this.store.there.get(file);
      if (!bytes) throw new NotYet([file]);
      this.parsed.set(file, JSON.parse(new TextDecoder().decode(bytes)));
    }
    return this.parsed.get(file);
  }

  // Returns what a function returns that renders: it is called again until it has all.
  async loading(work) {
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof NotYet)) throw error;
        await Promise.all(error.names.map((name) => this.store.bytes(name)));
      }
    }
  }
}

const text = (node) => (node.nodes ?? []).map(({ data }) => data).join("");

// Reads a store that a server has beside the page. Raises StoreError.
export const served = (address) => async (name) => {
  const response = await fetch(new URL(name, address));
  if (!response.ok) throw new StoreError(`${name} of the store: status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
};
