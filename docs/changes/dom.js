// Makes elements. Text is always text: nothing here parses HTML.

export const byId = (id) => document.getElementById(id);

// Returns an element with properties or attributes, and with children.
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made && !name.includes("-")) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export function show(node, isShown) {
  node.hidden = !isShown;
}
