// Builds the page's elements. Text goes in as text, never as markup: names and marks come from outside.

/** `element("a", {href: "/", class: "button"}, "Inicio")`; attributes and children that are undefined, null or false are left out. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "click") node.addEventListener("click", value);
    else if (value === true) node.setAttribute(name, "");
    else if (value != null && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

/** A list of facts: `[["DNI", "71705600"], …]`; a fact without a value is left out. */
export function factList(facts) {
  const rows = facts.filter(([, value]) => value != null);
  return element("dl", { class: "facts" }, rows.map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value))));
}
