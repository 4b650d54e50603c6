// The part of YAML that answers files and the values of questions have: mappings and
// lists of one level in blocks, any value in brackets, and texts in all three forms.

export class YamlError extends Error {}

const TRUE = /^(yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const NULL = /^(~|null|Null|NULL|)$/;
const INTEGER = /^[-+]?(0b[01_]+|0x[\da-fA-F_]+|0[0-7_]*|[1-9][\d_]*(:[0-5]?\d)*)$/;
const FLOAT =
  /^([-+]?(\d[\d_]*\.[\d_]*([eE][-+]\d+)?|\d[\d_]*([eE][-+]\d+)|\.[\d_]+([eE][-+]\d+)?|\d[\d_]*(:[0-5]?\d)+\.[\d_]*|\.(inf|Inf|INF))|\.(nan|NaN|NAN))$/;
const DAY =
  /^(\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?([Tt]|[ \t]+)\d\d?:\d\d:\d\d(\.\d*)?([ \t]*(Z|[-+]\d\d?(:\d\d)?))?)$/;
const OTHER = /^(=|<<)$/;
const PLAIN = [TRUE, FALSE, NULL, INTEGER, FLOAT, DAY, OTHER];

function plain(text) {
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  if (NULL.test(text)) return null;
  if (/^[-+]?(0|[1-9]\d*)(\.\d+)?$/.test(text)) return Number(text);
  return text;
}

// READING ---------------------------------------------------------------------------

class Reader {
  constructor(text) {
    this.text = text;
    this.place = 0;
  }

  get next() {
    return this.text[this.place];
  }

  skip(pattern) {
    const match = pattern.exec(this.text.slice(this.place));
    if (!match) throw new YamlError(`line ${this.line()} is not understood`);
    this.place += match[0].length;
    return match;
  }

  space() {
    this.skip(/^(\s|#[^\n]*)*/);
  }

  line() {
    return this.text.slice(0, this.place).split("\n").length;
  }

  // A value in brackets, or a text between its marks.
  flow() {
    this.space();
    if (this.next === "[") return this.list();
    if (this.next === "{") return this.mapping();
    if (this.next === '"' || this.next === "'") return this.quoted();
    return plain(this.skip(/^[^,[\]{}:#\n]+/)[0].trim());
  }

  list() {
    const found = [];
    for (this.place += 1; ; ) {
      this.space();
      if (this.next === "]") break;
      found.push(this.flow());
      this.skip(/^\s*,?/);
    }
    this.place += 1;
    return found;
  }

  mapping() {
    const found = {};
    for (this.place += 1; ; ) {
      this.space();
      if (this.next === "}") break;
      const key = this.flow();
      this.skip(/^\s*:/);
      found[key] = this.flow();
      this.skip(/^\s*,?/);
    }
    this.place += 1;
    return found;
  }

  quoted() {
    const mark = this.next;
    if (mark === "'") return fold(this.skip(/^'((?:[^']|'')*)'/)[1]).replaceAll("''", "'");
    const body = this.skip(/^"((?:[^"\\]|\\[^])*)"/)[1];
    return unescaped(fold(body.replace(/\\\n[ \t]*/g, "")));
  }

  // A text without marks, with the lines that are further in.
  text_() {
    const [found] = this.skip(/^[^\n]*(\n[ \t]+[^\n]*)*/);
    return plain(fold(found.replace(/\s+#.*$/, "").trim()));
  }

  value() {
    this.skip(/^[ \t]*/);
    if (this.next !== undefined && "[{'\"".includes(this.next)) return this.flow();
    return this.text_();
  }

  blockList() {
    const found = [];
    for (this.space(); this.next === "-"; this.space()) {
      this.skip(/^-[ \t]+/);
      found.push(this.value());
    }
    return found;
  }

  blockMapping() {
    const found = {};
    for (this.space(); this.place < this.text.length; this.space()) {
      const [, key] = this.skip(/^([^\s:#'"-][^\s:]*):(?=\s|$)/);
      this.skip(/^[ \t]*(#[^\n]*)?/);
      const below = /^\n[ \t]*-\s/.test(this.text.slice(this.place));
      found[key] = below ? this.blockList() : this.value();
    }
    return found;
  }
}

// One line break is a space, more of them are one less.
function fold(text) {
  return text.replace(/[ \t]*(\n[ \t]*)+/g, (breaks) => {
    const count = breaks.split("\n").length - 1;
    return count === 1 ? " " : "\n".repeat(count - 1);
  });
}

const ESCAPES = { n: "\n", t: "\t", r: "\r", 0: "\0", e: "\x1b", _: "\xa0", N: "\x85" };

function unescaped(text) {
  const pattern = /\\(x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8}|[^])/gi;
  return text.replace(pattern, (_, sign) =>
    sign.length > 1
      ? String.fromCodePoint(parseInt(sign.slice(1), 16))
      : (ESCAPES[sign] ?? sign),
  );
}

// Returns what a text of YAML says. Raises YamlError.
export function fromYaml(text) {
  const reader = new Reader(text);
  reader.space();
  if (reader.place >= text.length) return null;
  const blocks = /^-[ \t]/.test(text.slice(reader.place));
  const mapping = /^[^\s:#'"[\]{},-][^\s:]*:(\s|$)/.test(text.slice(reader.place));
  const found = blocks ? reader.blockList() : mapping ? reader.blockMapping() : reader.value();
  reader.space();
  if (reader.place < text.length) throw new YamlError(`line ${reader.line()} is not understood`);
  return found;
}

// WRITING ---------------------------------------------------------------------------

const WIDTH = 80;
const INDENT = "    ";
const UNPRINTABLE = /[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;
const FIRST = /^([#,[\]{}&*!|>'"%@`]|[?:-]([ \t]|$)|---|\.\.\.)/;

const isPlain = (text) =>
  !PLAIN.some((pattern) => pattern.test(text)) &&
  !FIRST.test(text) &&
  !/^ | $|:( |$)| #/.test(text);

// Breaks a text at single spaces that come after the column of the width.
function broken(words, column, isBreakable) {
  let [found, at] = ["", column];
  const parts = words.split(/( +)/);
  parts.forEach((part, place) => {
    const ends = place === 1 && !parts[0] ? true : place === parts.length - 2 && !parts.at(-1);
    if (part === " " && at > WIDTH && (isBreakable || !ends)) {
      found += `\n${INDENT}`;
      at = INDENT.length;
    } else {
      found += part;
      at += [...part].length;
    }
  });
  return found;
}

// Returns a text as YAML, at a column. Texts have one line: the guard sees to it.
function scalar(text, column) {
  if (UNPRINTABLE.test(text) || text.includes("\n")) return JSON.stringify(text);
  if (isPlain(text)) return broken(text, column, true);
  return `'${broken(text.replaceAll("'", "''"), column + 1, false)}'`;
}

const written = (value, column) =>
  typeof value === "string" ? scalar(value, column) : JSON.stringify(value);

// Returns the YAML of a mapping, sorted, as Copier writes the answers file.
export function asYaml(values) {
  const lines = Object.keys(values)
    .sort()
    .map((name) => {
      const value = values[name];
      if (!Array.isArray(value)) return `${name}: ${written(value, [...name].length + 2)}`;
      if (!value.length) return `${name}: []`;
      return [`${name}:`, ...value.map((item) => `- ${written(item, 2)}`)].join("\n");
    });
  return lines.map((line) => `${line}\n`).join("");
}
