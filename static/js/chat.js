// A talk opens at its newest message; Enter sends, Shift+Enter begins a line.
kit.mount("chat", (thread) => { thread.scrollTop = thread.scrollHeight; });
kit.on("keydown", ".chat-form textarea", (event, area) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  area.form.requestSubmit();
});
