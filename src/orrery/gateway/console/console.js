// Loads this page anew every few seconds and puts the new stream of requests in the place of the old one, while the
// page is looked at and nothing within the stream has the focus. Everything works without this.
"use strict";

const stream = document.querySelector("[data-refresh]");

if (stream) {
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = true;
  const text = document.createElement("span");
  text.textContent = "Refresh by itself";
  const label = document.createElement("label");
  label.className = "check";
  label.append(box, text);
  stream.before(label);

  setInterval(async () => {
    if (!box.checked || document.hidden || stream.contains(document.activeElement)) {
      return;
    }
    try {
      const answer = await fetch(location.href);
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(stream.id);
        if (fresh) {
          stream.replaceChildren(...fresh.childNodes);
        }
      }
    } catch {
      box.checked = false; // the cloud has gone
    }
  }, 1000 * Number(stream.dataset.refresh));
}
