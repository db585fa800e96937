// The keyboard of the signing queue. Everything it does is a button or a link of the page, and works without it.
"use strict";
(function () {
  const text = document.getElementById("text");

  function press(key) {
    const found = document.querySelector('[data-key="' + CSS.escape(key) + '"]');
    if (!found) return false;
    if (found.tagName !== "DETAILS") {
      found.click();
      return true;
    }
    // What cannot be taken back needs a second key: it is opened, and its button has the focus.
    found.open = !found.open;
    const inside = found.querySelector("button") || found.querySelector("summary");
    if (found.open && inside) inside.focus();
    return true;
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) {
      if (event.ctrlKey && event.key === "Enter" && press("s")) event.preventDefault();
      return;
    }
    const writing = event.target.matches("input, textarea, select");
    if (writing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const arrows = { ArrowRight: "j", ArrowLeft: "k" };
    const key = arrows[event.key] || event.key.toLowerCase();
    if (key === "e" && text) {
      text.focus();
      event.preventDefault();
    } else if (press(key)) {
      event.preventDefault();
    }
  });
})();
