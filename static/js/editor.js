// The editor of templates: a sheet above the field, places at the cursor, what comes from Word made clean. The server cleans again.
(() => {
  const { $, $$ } = kit;
  const TAGS = new Set(["P", "DIV", "H1", "H2", "H3", "B", "STRONG", "I", "EM", "U", "S", "SUB", "SUP", "BR", "HR", "UL", "OL", "LI", "BLOCKQUOTE", "TABLE", "THEAD", "TBODY", "TFOOT", "TR", "TH", "TD"]);
  const SILENT = new Set(["STYLE", "SCRIPT", "HEAD", "TITLE", "META", "LINK", "XML", "SVG", "IFRAME", "OBJECT"]);
  const clean = (from, into) => {
    for (const node of from.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) { into.append(node.data.replace(/\s+/g, (gap) => (gap.includes("\u00a0") ? "\u00a0" : " "))); continue; }
      if (node.nodeType !== Node.ELEMENT_NODE || SILENT.has(node.tagName)) continue;
      const weight = node.style?.fontWeight;
      const isBold = node.tagName === "SPAN" && (weight === "bold" || Number(weight) >= 600);
      let place = into;
      if (TAGS.has(node.tagName) || isBold) {
        place = document.createElement(isBold ? "b" : node.tagName);
        const side = node.style?.textAlign || node.getAttribute("align");
        if (["center", "right", "justify"].includes(side)) place.setAttribute("align", side);
        for (const name of ["colspan", "rowspan"]) if (node.getAttribute(name) > 1) place.setAttribute(name, node.getAttribute(name));
        into.append(place);
      }
      clean(node, place);
    }
  };
  const cleaned = (html) => {
    const box = document.createElement("div");
    clean(new DOMParser().parseFromString(html, "text/html").body, box);
    return box.innerHTML;
  };

  kit.mount("editor", (node) => {
    const form = node.closest("form");
    const field = $("[data-editor-text]", form);
    const bar = $("[data-editor-bar]", node);
    const sheet = document.createElement("div");
    sheet.className = "sheet-k editor-sheet";
    sheet.contentEditable = "true";
    sheet.setAttribute("role", "textbox");
    sheet.setAttribute("aria-multiline", "true");
    sheet.setAttribute("aria-label", $(`label[for="${field.id}"]`, form)?.textContent.trim() || "");
    if (field.getAttribute("aria-describedby")) sheet.setAttribute("aria-describedby", field.getAttribute("aria-describedby"));
    sheet.innerHTML = cleaned(field.value) || "<p><br></p>";
    field.hidden = true;
    field.after(sheet);
    field.before(bar);
    bar.hidden = false;
    document.execCommand("defaultParagraphSeparator", false, "p");

    let caret = null;
    const keep = () => {
      const chosen = document.getSelection();
      if (chosen.rangeCount && sheet.contains(chosen.anchorNode)) caret = chosen.getRangeAt(0).cloneRange();
    };
    const back = () => {
      sheet.focus();
      if (!caret) return;
      const chosen = document.getSelection();
      chosen.removeAllRanges();
      chosen.addRange(caret);
    };
    const written = () => { field.value = sheet.innerHTML; field.dispatchEvent(new Event("input", { bubbles: true })); };
    document.addEventListener("selectionchange", keep);
    sheet.addEventListener("input", () => { keep(); written(); });
    sheet.addEventListener("paste", (event) => {
      const html = event.clipboardData.getData("text/html");
      if (!html) return;
      event.preventDefault();
      document.execCommand("insertHTML", false, cleaned(html));
    });
    const press = (event, act) => { event.preventDefault(); back(); act(); keep(); written(); };
    for (const button of $$("[data-do]", bar)) {
      button.addEventListener("mousedown", (event) => event.preventDefault());
      button.addEventListener("click", (event) => press(event, () => document.execCommand(button.dataset.do, false, button.dataset.value || null)));
    }
    for (const button of $$("[data-place]", node)) {
      button.addEventListener("mousedown", (event) => event.preventDefault());
      button.addEventListener("click", (event) => press(event, () => document.execCommand("insertText", false, `{{${button.dataset.place}}}`)));
    }
  });
})();
