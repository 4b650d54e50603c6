// Renders the trees of templates, as Jinja renders the templates. Python has parsed
// them: tests/commands/syntax.py.

import { FILTERS, method, tested } from "./filters.js";
import { contains, equal, isMapping, items, Namespace, order } from "./values.js";
import { TemplateError, text, truth, Undefined } from "./values.js";

class Scope {
  constructor(outer, values = {}) {
    this.outer = outer;
    this.values = values;
  }

  get(name) {
    for (let scope = this; scope; scope = scope.outer) {
      if (Object.hasOwn(scope.values, name)) return scope.values[name];
    }
    return new Undefined(`'${name}' is undefined`);
  }
}

const GLOBALS = {
  dict: (args, named) => Object.assign({}, ...args, named),
  namespace: (args, named) => new Namespace(Object.assign({}, ...args, named)),
};

const COMPARE = {
  eq: equal,
  ne: (one, other) => !equal(one, other),
  in: (one, other) => contains(other, one),
  notin: (one, other) => !contains(other, one),
  gt: (one, other) => order(one, other) > 0,
  gteq: (one, other) => order(one, other) >= 0,
  lt: (one, other) => order(one, other) < 0,
  lteq: (one, other) => order(one, other) <= 0,
};

export class Renderer {
  // `part(name)` returns the tree of a file, `existing(pattern)` the files that a
  // pattern finds in the project, and `data(text)` what the YAML of a file says.
  constructor({ part, existing, data }) {
    this.part = part;
    this.existing = existing;
    this.data = data;
    this.modules = new Map();
  }

  // Returns the text that a tree gives with some variables.
  render(body, variables) {
    return this.run(body, new Scope(new Scope(null, GLOBALS), { ...variables }));
  }

  run(nodes, scope) {
    return (nodes ?? []).map((node) => STATEMENTS[node.kind](this, node, scope)).join("");
  }

  value(node, scope) {
    return EXPRESSIONS[node.kind](this, node, scope);
  }

  values(nodes, scope) {
    return (nodes ?? []).map((node) => this.value(node, scope));
  }

  named(node, scope) {
    const found = {};
    for (const { key, value } of node.kwargs ?? []) found[key] = this.value(value, scope);
    return Object.assign(found, node.dyn_kwargs && this.value(node.dyn_kwargs, scope));
  }

  // What a file sets and defines. Imported, it has none of the variables.
  module(name) {
    if (!this.modules.has(name)) {
      const scope = new Scope(new Scope(null, GLOBALS));
      this.run(this.part(name), scope);
      this.modules.set(name, scope);
    }
    return this.modules.get(name);
  }
}

function assign(target, value, scope) {
  if (target.kind === "Name") scope.values[target.name] = value;
  else if (target.kind === "NSRef") scope.get(target.name)[target.attr] = value;
  else target.items.forEach((part, place) => assign(part, items(value)[place], scope));
}

function looped(renderer, node, scope) {
  const inner = (item) => {
    const found = new Scope(scope);
    assign(node.target, item, found);
    return found;
  };
  const all = items(renderer.value(node.iter, scope)).filter(
    (item) => !node.test || truth(renderer.value(node.test, inner(item))),
  );
  if (!all.length) return renderer.run(node.else_, scope);
  const round = (item, place) => {
    const found = inner(item);
    found.values.loop = loop(place, all.length);
    return renderer.run(node.body, found);
  };
  return all.map(round).join("");
}

const loop = (place, length) => ({
  first: place === 0,
  last: place === length - 1,
  index: place + 1,
  index0: place,
  length,
});

function macro(renderer, node, scope) {
  return (args, named) => {
    const inner = new Scope(scope);
    const optional = node.args.length - (node.defaults ?? []).length;
    node.args.forEach(({ name }, place) => {
      if (place < args.length) inner.values[name] = args[place];
      else if (Object.hasOwn(named, name)) inner.values[name] = named[name];
      else if (place < optional) inner.values[name] = new Undefined(`'${name}' is undefined`);
      else inner.values[name] = renderer.value(node.defaults[place - optional], inner);
    });
    return renderer.run(node.body, inner);
  };
}

function branch(renderer, node, scope) {
  for (const one of [node, ...(node.elif_ ?? [])]) {
    if (truth(renderer.value(one.test, scope))) return renderer.run(one.body, scope);
  }
  return renderer.run(node.else_, scope);
}

function imported(renderer, node, scope) {
  const module = renderer.module(renderer.value(node.template, scope));
  for (const entry of node.names) {
    const [there, here] = Array.isArray(entry) ? entry : [entry, entry];
    scope.values[here] = module.get(there);
  }
  return "";
}

// Each returns the text that it writes.
export const STATEMENTS = {
  Assign(renderer, node, scope) {
    assign(node.target, renderer.value(node.node, scope), scope);
    return "";
  },
  AssignBlock(renderer, node, scope) {
    if (node.filter) throw new TemplateError("a block that is set has a filter");
    assign(node.target, renderer.run(node.body, new Scope(scope)), scope);
    return "";
  },
  For: looped,
  FromImport: imported,
  If: branch,
  Include(renderer, node, scope) {
    const name = renderer.value(node.template, scope);
    return renderer.run(renderer.part(name), new Scope(scope));
  },
  Macro(renderer, node, scope) {
    scope.values[node.name] = macro(renderer, { args: [], ...node }, scope);
    return "";
  },
  Output: (renderer, node, scope) => renderer.values(node.nodes, scope).map(text).join(""),
};

function member(value, key) {
  if (value instanceof Undefined) value.use();
  if (Array.isArray(value) || typeof value === "string") {
    const list = typeof value === "string" ? [...value] : value;
    const place = key < 0 ? list.length + key : key;
    if (place in list) return list[place];
  } else if (isMapping(value) && Object.hasOwn(value, key)) return value[key];
  const missing = new Undefined(`there is no ${key}`);
  missing.missing = key;
  return missing;
}

function slice(renderer, value, node, scope) {
  if (node.step) throw new TemplateError("a slice has a step");
  const ends = [node.start, node.stop].map((end) => end && renderer.value(end, scope));
  const found = (typeof value === "string" ? [...value] : value).slice(...ends);
  return typeof value === "string" ? found.join("") : found;
}

function filtered(renderer, node, scope) {
  const value = renderer.value(node.node, scope);
  // Only these may have a value that is undefined.
  if (value instanceof Undefined && node.name !== "default") value.use();
  const args = renderer.values(node.args, scope);
  return FILTERS[node.name](value, args, renderer.named(node, scope), renderer);
}

function compared(renderer, node, scope) {
  let left = renderer.value(node.expr, scope);
  for (const { op, expr } of node.ops) {
    const right = renderer.value(expr, scope);
    for (const value of [left, right]) if (value instanceof Undefined) value.use();
    if (!COMPARE[op](left, right)) return false;
    left = right;
  }
  return true;
}

function sumOf(renderer, node, scope) {
  const left = renderer.value(node.left, scope);
  const right = renderer.value(node.right, scope);
  return Array.isArray(left) ? [...left, ...right] : left + right;
}

function either(renderer, node, scope, wanted) {
  const left = renderer.value(node.left, scope);
  return truth(left) === wanted ? left : renderer.value(node.right, scope);
}

export const EXPRESSIONS = {
  Add: sumOf,
  And: (renderer, node, scope) => either(renderer, node, scope, false),
  Call(renderer, node, scope) {
    const called = renderer.value(node.node, scope);
    if (called instanceof Undefined) called.use();
    return called(renderer.values(node.args, scope), renderer.named(node, scope));
  },
  Compare: compared,
  Concat: (renderer, node, scope) => renderer.values(node.nodes, scope).map(text).join(""),
  CondExpr(renderer, node, scope) {
    if (truth(renderer.value(node.test, scope))) return renderer.value(node.expr1, scope);
    return node.expr2 ? renderer.value(node.expr2, scope) : new Undefined("", true);
  },
  Const: (_, node) => node.value,
  Dict(renderer, node, scope) {
    const pairs = (node.items ?? []).map(({ key, value }) => [key, value]);
    return Object.fromEntries(pairs.map((pair) => renderer.values(pair, scope)));
  },
  Filter: filtered,
  Getattr(renderer, node, scope) {
    const value = renderer.value(node.node, scope);
    return method(value, node.attr) ?? member(value, node.attr);
  },
  Getitem(renderer, node, scope) {
    const value = renderer.value(node.node, scope);
    if (node.arg.kind === "Slice") return slice(renderer, value, node.arg, scope);
    return member(value, renderer.value(node.arg, scope));
  },
  List: (renderer, node, scope) => renderer.values(node.items, scope),
  Name: (_, node, scope) => scope.get(node.name),
  Neg: (renderer, node, scope) => -renderer.value(node.node, scope),
  Not: (renderer, node, scope) => !truth(renderer.value(node.node, scope)),
  Or: (renderer, node, scope) => either(renderer, node, scope, true),
  TemplateData: (_, node) => node.data,
  Test: (renderer, node, scope) =>
    tested(node.name, renderer.value(node.node, scope), renderer.values(node.args, scope)),
  Tuple: (renderer, node, scope) => renderer.values(node.items, scope),
};
