// Plays an answer from where its timeline is clicked, and moves the line that shows where it is. Loaded once; serves every timeline.
(() => {
  if (window.mensetsuTimeline) return;
  window.mensetsuTimeline = true;

  document.addEventListener("click", (event) => {
    const timeline = event.target.closest?.("[data-m-timeline]");
    const audio = timeline?.querySelector("audio");
    if (!audio) return;
    const mark = event.target.closest("[data-m-at]");
    const plot = event.target.closest("[data-m-seconds]");
    let at;
    if (mark) {
      at = Number(mark.dataset.mAt);
    } else if (plot) {
      const box = plot.getBoundingClientRect();
      at = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * Number(plot.dataset.mSeconds);
    } else {
      return;
    }
    audio.currentTime = at;
    // A browser that may not play yet shows so in the audio element's own controls.
    audio.play().catch((error) => console.info("timeline:", error.name));
  });

  // Media events do not bubble, but they can be caught on the way down.
  for (const name of ["timeupdate", "seeked"]) {
    document.addEventListener(name, (event) => {
      const plot = event.target.closest?.("[data-m-timeline]")?.querySelector("[data-m-seconds]");
      const head = plot?.querySelector(".m-playhead");
      if (!head) return;
      head.hidden = false;
      head.style.left = `${Math.min(100, (100 * event.target.currentTime) / Number(plot.dataset.mSeconds))}%`;
    }, true);
  }
})();
