// Answers and files of a project, as `copier copy` makes them from a release.

import { Renderer } from "./jinja.js";
import { StoreError } from "./store.js";
import { equal, text, UndefinedError } from "./values.js";
import { fromYaml } from "./yaml.js";

const ANSWERS_FILE = ".copier-answers.yml";
const PROJECT = "/project";

// What the release says against answers: one sentence, and the question if it is known.
export class Refusal extends Error {
  constructor(message, question) {
    super(message);
    this.question = question;
  }
}

const YES = ["y", "yes", "t", "true", "on"];
const NO = ["n", "no", "f", "false", "off", "~", "null", "none", ""];

function asBoolean(value) {
  if (typeof value !== "string") return Boolean(value);
  const word = value.trim().toLowerCase();
  if (YES.includes(word)) return true;
  if (NO.includes(word)) return false;
  return Number.isNaN(Number(word)) || Number(word) !== 0;
}

const CASTS = {
  bool: asBoolean,
  json: (value) => (typeof value === "string" ? JSON.parse(value) : value),
  str: (value) => (typeof value === "string" ? value : text(value)),
  yaml: (value) => (typeof value === "string" ? fromYaml(value) : value),
};

// A project: the release, the answers that were given, and those that follow from them.
export class Project {
  // `before` are the recorded answers of a project that an update would start from.
  constructor(release, given, { source, tag = release.index.tag, before = null } = {}) {
    this.release = release;
    this.given = given;
    this.before = before;
    this.origin = { _commit: tag, ...(source && { _src_path: source }) };
    this.answers = { ...given };
    this.recorded = {};
    this.questions = [];
    this.renderer = new Renderer({
      part: (name) => release.part(name),
      data: (content) => release.data(content),
      existing: (pattern) => this.existing(pattern),
    });
  }

  // A project that is not there yet has no files; an update finds its answers.
  existing(pattern) {
    return this.before && pattern === `${PROJECT}/${ANSWERS_FILE}` ? [pattern] : [];
  }

  // Answers each question in order. Raises Refusal.
  answer() {
    for (const question of this.release.questions) this.ask(question);
    this.answered = true;
    return this;
  }

  ask(question) {
    const { name } = question;
    const shown = asBoolean(this.expression(question, "when", true));
    const asked = shown && asBoolean(this.expression(question, "ask", true));
    const choices = this.choices(question);
    this.questions.push({ ...question, shown, asked, choices });
    const isGiven = Object.hasOwn(this.given, name);
    const value = isGiven ? this.given[name] : this.expression(question, "default", null);
    if (value === UNSET) throw new Refusal("it has to be given", name);
    if (value === null && !Object.hasOwn(question, "default")) return;
    const answer = this.cast(question, choices, value);
    if (shown) this.validate(question, answer);
    this.answers[name] = answer;
    if (shown) this.recorded[name] = answer;
  }

  cast(question, choices, value) {
    const cast = CASTS[question.type];
    if (!question.multiselect) {
      const answer = cast(value);
      if (choices.length) this.choose(question, choices, answer);
      return answer;
    }
    const wanted = typeof value === "string" ? fromYaml(value) : value;
    for (const one of wanted) this.choose(question, choices, one);
    return choices.map(([, known]) => known).filter((known) => wanted.includes(known));
  }

  choose(question, choices, answer) {
    if (choices.some(([, value]) => equal(value, answer))) return;
    const known = choices.map(([, value]) => text(value)).join(", ");
    throw new Refusal(`"${text(answer)}" is not one of ${known}`, question.name);
  }

  choices({ choices }) {
    if (Array.isArray(choices)) return choices;
    return Object.entries(fromYaml(this.rendered(choices)));
  }

  validate(question, answer) {
    if (question.validator === undefined) return;
    const context = { ...this.context(), [question.name]: answer };
    const remedy = text(this.rendered(question.validator, context)).trim();
    if (remedy) throw new Refusal(remedy, question.name);
  }

  expression(question, key, otherwise) {
    if (!Object.hasOwn(question, key)) return otherwise;
    return this.rendered(question[key], { ...this.context(), UNSET });
  }

  rendered(value, context = this.context()) {
    if (value === null || typeof value !== "object" || !value.body) return value;
    try {
      const found = this.renderer.render(value.body, context);
      return found === UNSET_TEXT ? UNSET : found;
    } catch (error) {
      if (!(error instanceof UndefinedError)) throw error;
      throw new Refusal(error.missing ?? error.message);
    }
  }

  context() {
    const external = Object.entries(this.release.index.external).map(([name, file]) => [
      name,
      file === ANSWERS_FILE && this.before ? this.before : {},
    ]);
    return {
      ...this.answers,
      _external_data: Object.fromEntries(external),
      _copier_answers: { ...this.origin, ...this.recorded },
      _copier_conf: { data: this.given, defaults: true, dst_path: PROJECT, src_path: "/template" },
      _copier_operation: "copy",
    };
  }

  // Returns whether a path is left out, by the answers.
  get excluded() {
    const lines = this.release.index.exclude.flatMap((value) => this.rendered(value).split("\n"));
    const paths = new Set();
    for (const line of lines.map((one) => one.trim()).filter((one) => one && one[0] !== "#")) {
      // Other patterns are not in any release.
      if (!/^\/[^*?[\]!]+$/.test(line)) throw new StoreError(`_exclude has ${line}`);
      paths.add(line.slice(1).replace(/\/$/, ""));
    }
    return (path) => {
      const parts = path.split("/");
      return parts.some((_, place) => paths.has(parts.slice(0, place + 1).join("/")));
    };
  }

  // Returns the files by path: where the bytes are stored, or the rendered text.
  files() {
    const context = this.context();
    const excluded = this.excluded;
    const found = new Map();
    for (const [path, entry] of Object.entries(this.release.index.files)) {
      if (excluded(path)) continue;
      const executable = Boolean(entry.executable);
      if (!entry.part) found.set(path, { stored: entry.file, executable });
      else found.set(path, { text: this.body(entry.part, context), executable });
    }
    return found;
  }

  body(part, context) {
    return this.renderer.render(this.release.part(part), context);
  }
}

// What a default gives that has no value. Copier's `UNSET` is an error to use; here it
// is a text that no answer can be.
const UNSET_TEXT = "\u0000unset";
const UNSET = UNSET_TEXT;

// Returns a project with its answers. Raises Refusal.
export const answered = (release, given, options) =>
  release.loading(() => new Project(release, given, options).answer());

// Returns the files of a project with answers, by path.
export const rendered = (project) => project.release.loading(() => project.files());

// Returns the answers of those given that a release knows, and the names of the others.
export function known(release, given) {
  const names = new Set(release.questions.map(({ name }) => name));
  const entries = Object.entries(given);
  return {
    given: Object.fromEntries(entries.filter(([name]) => names.has(name))),
    unknown: entries.map(([name]) => name).filter((name) => !names.has(name)),
  };
}
