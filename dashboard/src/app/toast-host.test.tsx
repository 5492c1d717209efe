import { act, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { toast } from '@/ui/toast';
import { ToastHost } from './toast-host';

const HOUR_MS = 3_600_000;
const pass = (ms: number) => act(() => vi.advanceTimersByTime(ms));
const say = (...[what, error]: Parameters<typeof toast.error>) => act(() => toast.error(what, error));

beforeEach(() => {
  vi.useFakeTimers();
  render(<ToastHost />);
});
afterEach(() => {
  pass(HOUR_MS);
  vi.useRealTimers();
});

test('a failure is said with its cause, in a place that assistive technology already listens to', () => {
  const place = screen.getByRole('region', { name: 'Notifications' });
  expect(place).toHaveAttribute('aria-live', 'polite');
  say('The task was not canceled', new TypeError('Failed to fetch'));
  expect(place).toHaveTextContent('The task was not canceled');
  expect(place).toHaveTextContent('Check the connection');
});

test('it goes by itself, and at once when it is dismissed', () => {
  say('One');
  pass(HOUR_MS);
  expect(screen.queryByText('One')).toBeNull();
  say('Two');
  fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
  expect(screen.queryByText('Two')).toBeNull();
});

test.each([
  ['somebody points at it', fireEvent.pointerEnter, fireEvent.pointerLeave],
  ['the keyboard is in it', fireEvent.focus, fireEvent.blur],
])('it stays while %s', (_, begin, end) => {
  say('One');
  const message = screen.getByRole('listitem');
  begin(message);
  pass(HOUR_MS);
  expect(message).toBeVisible();
  end(message);
  pass(HOUR_MS);
  expect(screen.queryByText('One')).toBeNull();
});

test('of many the newest three are shown', () => {
  for (const what of ['One', 'Two', 'Three', 'Four']) say(what);
  expect(screen.getAllByRole('listitem').map((item) => item.textContent)).toEqual(['Two', 'Three', 'Four']);
});
