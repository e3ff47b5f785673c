// Copies a text at one press. Without it the text can be marked and copied by hand.
for (const button of document.querySelectorAll("button.copy")) {
  const text = document.getElementById(button.dataset.copies);
  const said = button.closest("article").querySelector(".copied");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = "Copied. Now open the group and paste it.";
    } catch {
      text.focus();
      text.select();
      said.textContent = "The text is marked. Copy it with Ctrl+C (⌘C).";
    }
  });
}
