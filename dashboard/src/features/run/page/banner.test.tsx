import { act, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useConnection } from '@/live/connection';
import { ReconnectBanner } from './banner';

beforeEach(() => {
  vi.useFakeTimers();
  useConnection.setState({ phase: 'open' });
  render(<ReconnectBanner lastSeq={1_233} />);
});
afterEach(() => vi.useRealTimers());

const lose = () => act(() => useConnection.setState({ phase: 'lost' }));
const wait = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

test('row 16: a line that is lost is told within half a second, with where the log goes on', async () => {
  lose();
  await wait(500);
  expect(screen.getByRole('status')).toHaveTextContent('Reconnecting. The log resumes at event 1,234.');
});

test('row 16: a blip is none that anybody sees', async () => {
  lose();
  await wait(200);
  act(() => useConnection.setState({ phase: 'open' }));
  await wait(2_000);
  expect(screen.queryByRole('status')).toBeNull();
});
