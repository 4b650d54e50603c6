// The page: its form, and the differences that follow from what is in it.

import { read, written } from "./address.js";
import { patchOf } from "./changes.js";
import { command } from "./command.js";
import { compared, ofAnswers, ofReleases } from "./compare.js";
import { answered, Refusal } from "./copier.js";
import { byId, element, show } from "./dom.js";
import { list, summary } from "./files.js";
import { group } from "./questions.js";
import { served, Store } from "./store.js";
import { fromYaml, YamlError } from "./yaml.js";

const store = new Store(served(new URL("store/", document.baseURI)));
const state = { mode: "releases", from: "", to: "", updating: true, given: {}, then: {} };
// Both panes are beside each other, and the answers open.
const WIDE = matchMedia("(min-width: 56.01rem)");
let releases = [];
let source = "";
let groups = [];
let found = [];
// Counts what was asked for: an answer that comes late is thrown away.
let round = 0;
// Releases that the address names and the store does not have.
let missing = [];

// THE FORM --------------------------------------------------------------------------

const isOlder = () => {
  const place = (version) => releases.findIndex((release) => release.version === version);
  return place(state.from) > place(state.to);
};

const dayOf = (version) =>
  releases.find((release) => release.version === version).day || "no release yet";

function fillReleases() {
  for (const id of ["from", "to"]) {
    const options = releases.map(({ version }) => element("option", { value: version }, version));
    byId(id).replaceChildren(...options);
    byId(id).addEventListener("change", () => {
      state[id] = byId(id).value;
      update({ form: true });
    });
  }
}

const modes = () => document.getElementsByName("mode");

function showState() {
  for (const radio of modes()) radio.checked = radio.value === state.mode;
  for (const node of document.querySelectorAll("[data-mode]")) {
    show(node, node.dataset.mode === state.mode);
  }
  byId("to-label").textContent = state.mode === "releases" ? "To release" : "Release";
  byId("from").value = state.from;
  byId("to").value = state.to;
  const versions = state.mode === "releases" ? [state.from, state.to] : [state.to];
  document.title = `${versions.join(" and ")}: what changed in copier-flask`;
  byId("days").textContent = `Of ${versions.map(dayOf).join(", and of ")}.`;
  byId("updating").checked = state.updating && isOlder();
  byId("updating").disabled = !isOlder();
}

// Returns the questions with what can be chosen, as a project without answers has them.
async function questions(version) {
  const project = await answered(await store.release(version), {}, { source });
  return project.questions.filter((question) => question.shown);
}

async function makeSets() {
  const all = await questions(state.to);
  if (state.mode === "releases") {
    const names = new Set(all.map(({ name }) => name));
    const old = await questions(state.from);
    all.push(...old.filter(({ name }) => !names.has(name)));
  }
  const titles = state.mode === "releases" ? ["Answers"] : ["Answers before", "Answers after"];
  groups = titles.map((title, place) => {
    const set = place ? "then" : "given";
    const changed = (name, value) => {
      state[set] = { ...state[set], [name]: value };
      update();
    };
    return { set, ...group(title, set, all, changed) };
  });
  const wasOpen = document.querySelector(".set")?.open ?? WIDE.matches;
  const nodes = groups.map(({ set, node, body }) => {
    node.open = wasOpen;
    const reset = element("button", { type: "button", className: "button-small" });
    reset.textContent = "Back to the defaults";
    reset.addEventListener("click", () => {
      state[set] = {};
      update();
    });
    body.append(reset);
    return node;
  });
  byId("sets").replaceChildren(...nodes);
}

// THE DIFFERENCES -------------------------------------------------------------------

const pair = () =>
  state.mode === "releases"
    ? ofReleases(store, { ...state, updating: state.updating && isOlder(), source })
    : ofAnswers(store, { release: state.to, given: state.given, then: state.then, source });

// Shows what the state asks for; with `form`, other questions may have to be shown.
async function update({ form = false } = {}) {
  round += 1;
  const mine = round;
  history.replaceState(null, "", `#${written(state)}`);
  showState();
  byId("summary").textContent = "Rendering both projects ...";
  try {
    if (form) await makeSets();
    const both = await pair();
    const changes = await compared(store, both);
    if (mine === round) showChanges(both, changes);
  } catch (error) {
    if (mine === round) showFault(error);
  }
}

function showAnswers(before, after) {
  for (const { set, show: showAll } of groups) {
    const isOne = state.mode === "releases";
    const answers = set === "given" && !isOne ? before.recorded : after.recorded;
    showAll(isOne ? { ...before.recorded, ...answers } : answers);
  }
}

function showChanges({ before, after, notes: said }, changes) {
  const unknown = missing.map((version) => `${version} is no release that this page has.`);
  const notes = [...new Set([...unknown, ...said])];
  found = changes;
  showAnswers(before, after);
  byId("summary").textContent = summary(changes);
  // Made anew each time: what stays would move, below what comes.
  byId("outcome").replaceChildren(
    element("ul", { className: "notes" }, ...notes.map((note) => element("li", {}, note))),
    ...(changes.length ? [buttons(), element("div", {}, ...list(changes))] : []),
    commandBox(),
  );
  byId("refusal").replaceChildren();
  show(byId("refusal"), false);
  document.body.dataset.round = round;
}

function commandBox() {
  const line = command({ ...state, updating: state.updating && isOlder() });
  return element(
    "details",
    { className: "command" },
    element("summary", {}, "The same as a command"),
    element("p", { className: "note" }, "In a clone of the template, with its tools:"),
    element("pre", {}, element("code", {}, line)),
  );
}

function showFault(error) {
  found = [];
  for (const { set, show: showAll } of groups) showAll(state[set]);
  const name = error instanceof Refusal && error.question ? `${error.question}: ` : "";
  const said =
    error instanceof Refusal
      ? `No project of ${error.version} can have these answers:`
      : "The page has a fault:";
  byId("refusal").replaceChildren(
    element("p", {}, said),
    element("p", {}, element("strong", {}, name + error.message)),
  );
  byId("summary").textContent = "";
  byId("outcome").replaceChildren();
  show(byId("refusal"), true);
  document.body.dataset.round = round;
}

// THE BUTTONS -----------------------------------------------------------------------

// Takes the answers and the release of a project. An answer that the release does not
// know is kept: the differences say so.
function paste() {
  const fault = byId("paste-error");
  show(fault, false);
  try {
    const { _commit: commit, ...recorded } = fromYaml(byId("answers-file").value) ?? {};
    const answers = Object.entries(recorded).filter(([name]) => !name.startsWith("_"));
    const version = String(commit ?? "").replace(/^v/, "");
    if (!releases.some((release) => release.version === version)) {
      throw new YamlError("it has no _commit of a release");
    }
    Object.assign(state, { given: Object.fromEntries(answers), from: version });
    if (state.mode === "answers") Object.assign(state, { to: version, then: { ...state.given } });
    update({ form: true });
  } catch (error) {
    fault.textContent = `This is no answers file: ${error.message}.`;
    show(fault, true);
  }
}

function buttons() {
  const make = (label, act) => {
    const properties = { type: "button", className: "button-small" };
    const button = element("button", properties, label);
    button.addEventListener("click", () => act(button));
    return button;
  };
  return element(
    "div",
    { className: "actions" },
    make("Copy the link", copyLink),
    make("Save as a patch", save),
    make("Open all files", openAll),
  );
}

async function copyLink(button) {
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = "Copied";
  } catch {
    // Without HTTPS, and where a reader does not allow it.
    button.textContent = "Copy it from the address bar";
  }
}

function save() {
  const address = URL.createObjectURL(new Blob([patchOf(found)], { type: "text/x-patch" }));
  const name = state.mode === "releases" ? `${state.from}-to-${state.to}` : `answers-${state.to}`;
  element("a", { href: address, download: `copier-flask-${name}.patch` }).click();
  URL.revokeObjectURL(address);
}

function openAll(button) {
  const files = [...document.querySelectorAll("details.file")];
  const open = files.some((file) => !file.open);
  for (const file of files) file.open = open;
  button.textContent = open ? "Close all files" : "Open all files";
}

function listen() {
  byId("form").addEventListener("submit", (event) => event.preventDefault());
  for (const radio of modes()) {
    radio.addEventListener("change", () => {
      state.mode = radio.value;
      if (state.mode === "answers" && !Object.keys(state.then).length) {
        state.then = { ...state.given };
      }
      update({ form: true });
    });
  }
  byId("updating").addEventListener("change", () => {
    state.updating = byId("updating").checked;
    update();
  });
  byId("paste").addEventListener("click", paste);
  document.querySelector("[data-skip]").addEventListener("click", (event) => {
    event.preventDefault(); // the fragment has what is compared
    byId("results").focus();
  });
  addEventListener("hashchange", () => {
    take(read(location.hash));
    update({ form: true });
  });
}

// THE START -------------------------------------------------------------------------

// Takes what an address says; a release that does not exist is not taken.
function take(said) {
  const exists = (version) => releases.some((release) => release.version === version);
  missing = [];
  for (const id of ["from", "to"]) {
    if (said[id] && !exists(said[id])) missing.push(said[id]);
    if (!exists(said[id])) delete said[id];
  }
  Object.assign(state, { mode: "releases", updating: true }, said);
}

async function start() {
  ({ releases, source } = await store.list());
  const newest = releases[0].version;
  Object.assign(state, { from: (releases[1] ?? releases[0]).version, to: newest });
  take(read(location.hash));
  fillReleases();
  listen();
  showState();
  await makeSets();
  show(byId("panes"), true);
  await update();
}

start().catch((error) => {
  document.documentElement.classList.remove("scripted");
  byId("without").append(element("p", {}, element("strong", {}, error.message)));
});
