/** Dark and light: as the system says, until the reader chooses. */
import { part } from "./dom.js";

const KEY = "borelli-theme";

/** @param {() => void} changed */
export function createTheme(changed) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const current = () => root.dataset.theme ?? (system.matches ? "dark" : "light");

  const theme = {
    /** @param {string} name */
    set(name) {
      root.dataset.theme = name;
      remember(name);
      changed();
    },
    toggle: () => theme.set(current() === "dark" ? "light" : "dark"),
  };
  const stored = remembered();
  if (stored) root.dataset.theme = stored;
  system.addEventListener("change", changed);
  part("theme").addEventListener("click", theme.toggle);
  changed();
  return theme;
}

// a page opened from disk may be denied storage: then the choice lasts as long as the page
/** @param {string} name */
function remember(name) {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    return;
  }
}

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
