// The questions of a release as fields of a form.

import { element } from "./dom.js";
import { text } from "./values.js";

// Returns a group of fields, and what sets their values. `changed(name, value)` is
// called with each answer that a person gives.
export function group(title, prefix, questions, changed) {
  const fields = new Map();
  const all = questions.map((question) => {
    const field = make(question, `${prefix}-${question.name}`, changed);
    fields.set(question.name, field);
    return [question, field];
  });
  const nodes = (wanted) => all.filter(([question]) => wanted(question)).map(([, f]) => f.node);
  const isText = (question) => !question.choices.length && question.type !== "bool";
  const isList = (question) => question.multiselect;
  const isChoice = (question) => question.choices.length && !isList(question);
  const body = element(
    "div",
    { role: "group", "aria-label": title },
    ...nodes(isChoice),
    element("div", { className: "switches" }, ...nodes((question) => question.type === "bool")),
    folded("Names and texts", nodes(isText)),
    ...all.filter(([question]) => isList(question)).map(([question, field]) =>
      folded(question.name, [field.node])),
  );
  const node = element("details", { className: "set" }, element("summary", {}, title), body);
  return { node, body, show: (answers) => showAll(fields, answers) };
}

const folded = (title, nodes) =>
  element("details", {}, element("summary", {}, title), ...nodes);

function showAll(fields, answers) {
  for (const [name, field] of fields) {
    if (Object.hasOwn(answers, name)) field.set(answers[name]);
  }
}

function make(question, id, changed) {
  const give = (value) => changed(question.name, value);
  if (question.multiselect) return several(question, id, give);
  if (question.choices.length) return choice(question, id, give);
  return question.type === "bool" ? toggle(question, id, give) : line(question, id, give);
}

const named = (question, id) => [
  element("label", { htmlFor: id }, element("code", {}, question.name)),
  element("p", { className: "note", id: `${id}-help` }, question.help),
];

function choice(question, id, give) {
  const options = question.choices.map(([label, value]) =>
    element("option", { value: text(value) }, label),
  );
  const select = element("select", { id, "aria-describedby": `${id}-help` }, ...options);
  select.addEventListener("change", () => give(select.value));
  const [label, help] = named(question, id);
  const node = element("div", { className: "field" }, label, help, select);
  return { node, set: (value) => (select.value = text(value)) };
}

function toggle(question, id, give) {
  const input = element("input", { id, type: "checkbox", "aria-describedby": `${id}-help` });
  input.addEventListener("change", () => give(input.checked));
  const [label, help] = named(question, id);
  label.classList.add("beside");
  const node = element("div", { className: "field" }, input, label, help);
  return { node, set: (value) => (input.checked = value === true || value === "true") };
}

function line(question, id, give) {
  const input = element("input", {
    id,
    type: "text",
    autocomplete: "off",
    "aria-describedby": `${id}-help`,
  });
  input.addEventListener("change", () => give(input.value));
  const [label, help] = named(question, id);
  const node = element("div", { className: "field" }, label, help, input);
  return { node, set: (value) => (input.value = text(value)) };
}

function several(question, id, give) {
  const boxes = question.choices.map(([label, value], place) => {
    const input = element("input", { type: "checkbox", id: `${id}-${place}`, value });
    input.addEventListener("change", () => give(picked()));
    const beside = element("label", { htmlFor: input.id, className: "beside" }, label);
    return { input, item: element("li", {}, input, beside) };
  });
  const picked = () => boxes.filter(({ input }) => input.checked).map(({ input }) => input.value);
  const list = element("ul", { className: "choices" }, ...boxes.map(({ item }) => item));
  const title = element("p", { className: "note", id: `${id}-help` }, question.help);
  const node = element(
    "div",
    { className: "field", role: "group", "aria-labelledby": `${id}-help` },
    title,
    list,
  );
  const set = (values) => {
    for (const { input } of boxes) input.checked = values.includes(input.value);
  };
  return { node, set };
}
