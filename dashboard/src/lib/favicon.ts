/** The icon in the tab, with a dot in the colour of a state; the plain one without. */
const HOME = '/favicon.svg';

export function setFavicon(dot?: string): void {
  const link = document.querySelector<HTMLLinkElement>('#favicon');
  if (!link) return;
  link.href = dot === undefined ? HOME : `data:image/svg+xml,${encodeURIComponent(withDot(dot))}`;
}

function withDot(color: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0f6a80"/><path d="M7 21.5h5.5a4 4 0 0 0 4-4v-4a4 4 0 0 1 4-4" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/><circle cx="24" cy="24" r="8" fill="#fff"/><circle cx="24" cy="24" r="6" fill="${color}"/></svg>`;
}
