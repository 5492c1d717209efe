// Before the first paint, so that a dark page never flashes white. The same rule is in src/lib/appearance.ts.
(() => {
  let theme = null;
  try {
    theme = JSON.parse(localStorage.getItem('errand:appearance') ?? '{}').theme;
  } catch {
    // Storage may be forbidden: then the system's setting counts.
  }
  const dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('dark', dark);
})();
