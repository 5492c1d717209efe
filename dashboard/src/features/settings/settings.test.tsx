import { problem, show, stubApi } from '@test/stub-api';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useAppearance } from '@/lib/appearance';
import { setNotifyOnEnd, useNotifyOnEnd } from '@/ui/notify-on-end';
import { AppearanceSettings } from './appearance';
import { Keys } from './keys';
import { NotificationSettings } from './notifications';
import { PasswordForm } from './password-form';
import { Sessions } from './sessions';

const api = stubApi();
const user = userEvent.setup();
const me = { id: 'user_1', email: 'ada@example.com', role: 'member' };
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000 - 2_000).toISOString();
const KEY = {
  id: 'key_1',
  name: 'nightly build',
  scope: 'read',
  created_at: ago(3_000),
  last_used_at: ago(5),
  expires_at: null,
};

/** As the route puts it together. */
function NotificationsPage() {
  return <NotificationSettings isWanted={useNotifyOnEnd((wish) => wish.isWanted)} turn={setNotifyOnEnd} />;
}

describe('API keys', () => {
  const told = (routes: Parameters<typeof api.answers>[0] = {}) =>
    api.answers({ 'GET /v1/me': () => me, 'GET /v1/keys': () => ({ items: [KEY] }), ...routes });

  it('are listed with scope, end and last use', async () => {
    told();
    await show(<Keys />);
    const row = (await screen.findByText('nightly build')).closest('li');
    expect(row).toHaveTextContent('reads only');
    expect(row).toHaveTextContent('Last used 5m ago');
    expect(row).toHaveTextContent('never ends');
  });

  it('are shown once: with the dialog the secret is gone from the page', async () => {
    told({ 'POST /v1/keys': ({ body }) => ({ ...KEY, ...(body as object), secret: 'errand_secret' }) });
    await show(<Keys />);
    await user.click(await screen.findByRole('button', { name: 'New key' }));
    await user.type(screen.getByLabelText('Name'), 'ci');
    await user.click(screen.getByRole('button', { name: 'Make the key' }));
    expect(await screen.findByText('errand_secret')).toBeInTheDocument();

    await user.click(screen.getByRole('button', { name: 'Copy' }));
    expect(await navigator.clipboard.readText()).toBe('errand_secret');
    await user.keyboard('{Escape}');
    expect(screen.getByText('errand_secret')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'I have copied it' }));
    expect(screen.queryByText('errand_secret')).toBeNull();
    expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain('errand_secret');
  });

  it('are made with a scope and an end', async () => {
    told({ 'POST /v1/keys': ({ body }) => ({ ...KEY, ...(body as object), secret: 's' }) });
    await show(<Keys />);
    await user.click(await screen.findByRole('button', { name: 'New key' }));
    await user.type(screen.getByLabelText('Name'), 'ci');
    await user.click(screen.getByRole('button', { name: 'Make the key' }));
    await screen.findByText('s');
    const asked = api.asked('POST /v1/keys')[0]?.body as { name: string; scope: string; expires_at: string };
    expect(asked).toMatchObject({ name: 'ci', scope: 'write' });
    const days = (Date.parse(asked.expires_at) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(89.9);
    expect(days).toBeLessThanOrEqual(90);
  });

  it('show what the API says about a field at that field', async () => {
    told({
      'POST /v1/keys': () =>
        problem(422, 'invalid', { errors: [{ field: 'name', message: 'must not hold a line break' }] }),
    });
    await show(<Keys />);
    await user.click(await screen.findByRole('button', { name: 'New key' }));
    await user.type(screen.getByLabelText('Name'), 'x');
    await user.click(screen.getByRole('button', { name: 'Make the key' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('Must not hold a line break.');
    expect(screen.getByLabelText('Name')).toHaveAccessibleDescription(/Must not hold a line break/);
    expect(screen.getByLabelText('Name')).toBeInvalid();
  });

  it('are revoked by who types their name', async () => {
    told({ 'DELETE /v1/keys/key_1': () => undefined });
    await show(<Keys />);
    await user.click(await screen.findByRole('button', { name: 'Revoke nightly build' }));
    const dialog = within(screen.getByRole('alertdialog'));
    expect(dialog.getByRole('button', { name: 'Revoke' })).toBeDisabled();
    await user.type(dialog.getByLabelText(/Type/), 'nightly');
    expect(dialog.getByRole('button', { name: 'Revoke' })).toBeDisabled();
    await user.type(dialog.getByLabelText(/Type/), ' build');
    await user.click(dialog.getByRole('button', { name: 'Revoke' }));
    await waitFor(() => expect(api.asked('DELETE /v1/keys/key_1')).toHaveLength(1));
  });

  it('tell a viewer what is missing', async () => {
    told({ 'GET /v1/me': () => ({ ...me, role: 'viewer' }) });
    await show(<Keys />);
    expect(await screen.findByRole('heading', { name: 'API keys need the role member' })).toBeInTheDocument();
  });

  it('say what they are for where there is none', async () => {
    told({ 'GET /v1/keys': () => ({ items: [] }) });
    await show(<Keys />);
    expect(await screen.findByRole('heading', { name: 'No key yet' })).toBeInTheDocument();
  });

  it('say what went wrong and try again', async () => {
    told({ 'GET /v1/keys': () => problem(503, 'busy') });
    await show(<Keys />);
    expect(await screen.findByRole('alert')).toHaveTextContent('Your keys could not be loaded');
    expect(screen.getByRole('button', { name: 'Try again' })).toBeInTheDocument();
  });
});

describe('the password', () => {
  const fill = async (current: string, next: string, again: string) => {
    await user.type(screen.getByLabelText('Current password'), current);
    await user.type(screen.getByLabelText('New password'), next);
    await user.type(screen.getByLabelText('New password, again'), again);
    await user.click(screen.getByRole('button', { name: 'Change password' }));
  };

  it('is asked for twice, and a slip is not sent', async () => {
    api.answers({});
    await show(<PasswordForm email={me.email} />);
    await fill('old secret', 'a long new secret', 'a long new secert');
    expect(screen.getByRole('alert')).toHaveTextContent('The two are not the same.');
    expect(api.asked('POST /v1/me/password')).toHaveLength(0);
  });

  it('shows how strong it is while it is typed', async () => {
    api.answers({});
    await show(<PasswordForm email={me.email} />);
    await user.type(screen.getByLabelText('New password'), 'aaaaaaaaaa');
    expect(screen.getByText('Weak.')).toBeInTheDocument();
    await user.clear(screen.getByLabelText('New password'));
    await user.type(screen.getByLabelText('New password'), 'correct horse battery');
    expect(screen.getByText('Strong.')).toBeInTheDocument();
  });

  it('shows what the API says about it, and empties the fields when it is changed', async () => {
    let common = true;
    api.answers({
      'POST /v1/me/password': () =>
        common
          ? problem(422, 'invalid', {
              errors: [{ field: 'new', message: 'is one of the passwords that are tried first' }],
            })
          : undefined,
    });
    await show(<PasswordForm email={me.email} />);
    await fill('old secret', 'password1', 'password1');
    expect(await screen.findByRole('alert')).toHaveTextContent('Is one of the passwords that are tried first.');
    common = false;
    await user.type(screen.getByLabelText('New password'), '!!');
    await user.type(screen.getByLabelText('New password, again'), '!!');
    await user.click(screen.getByRole('button', { name: 'Change password' }));
    await waitFor(() => expect(screen.getByLabelText('New password')).toHaveValue(''));
    expect(api.asked('POST /v1/me/password').at(-1)?.body).toEqual({ current: 'old secret', new: 'password1!!' });
  });
});

describe('sign-ins', () => {
  const session = (id: string, current: boolean) => ({
    id,
    current,
    created_at: ago(4_000),
    last_used_at: ago(3),
    expires_at: new Date(Date.now() + 86_400_000 * 9).toISOString(),
  });
  const told = () =>
    api.answers({
      'GET /v1/sessions': () => ({ items: [session('login_1', true), session('login_2', false)] }),
      'DELETE /v1/sessions/login_2': () => undefined,
    });

  it('are listed, and every other one can be ended', async () => {
    told();
    await show(<Sessions signOutEverywhere={() => Promise.resolve()} />);
    expect((await screen.findByText('this one')).closest('li')).not.toHaveTextContent('End');
    await user.click(screen.getByRole('button', { name: /^End the sign-in/ }));
    await waitFor(() => expect(api.asked('DELETE /v1/sessions/login_2')).toHaveLength(1));
  });

  it('end everywhere, after a question', async () => {
    told();
    const everywhere = vi.fn(() => Promise.resolve());
    await show(<Sessions signOutEverywhere={everywhere} />);
    await user.click(await screen.findByRole('button', { name: 'Sign out everywhere' }));
    expect(everywhere).not.toHaveBeenCalled();
    await user.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'Sign out everywhere' }));
    await waitFor(() => expect(everywhere).toHaveBeenCalledOnce());
  });
});

describe('appearance', () => {
  beforeEach(() =>
    useAppearance.getState().set({ theme: 'system', density: 'comfortable', timeZone: undefined, shortcuts: true }),
  );

  it('row 28: takes a theme at once and keeps it in this browser', async () => {
    api.answers({});
    await show(<AppearanceSettings />);
    await user.click(screen.getByRole('radio', { name: 'Dark' }));
    expect(document.documentElement).toHaveClass('dark');
    expect(localStorage.getItem('errand:appearance')).toContain('"theme":"dark"');
    await user.click(screen.getByRole('radio', { name: 'Light' }));
    expect(document.documentElement).not.toHaveClass('dark');
  });

  it('row 22: shows times here, in UTC or in another zone', async () => {
    api.answers({});
    await show(<AppearanceSettings />);
    await user.click(screen.getByRole('radio', { name: 'UTC' }));
    expect(useAppearance.getState().timeZone).toBe('UTC');
    expect(screen.getByText(/^Now it is .* UTC\.$/)).toBeInTheDocument();
    await user.click(screen.getByRole('radio', { name: 'Local' }));
    expect(useAppearance.getState().timeZone).toBeUndefined();
  });

  it('row 20: turns single-key shortcuts off', async () => {
    api.answers({});
    await show(<AppearanceSettings />);
    await user.click(screen.getByRole('switch', { name: 'Single-key shortcuts' }));
    expect(useAppearance.getState().shortcuts).toBe(false);
  });
});

describe('row 14: notifications', () => {
  async function open(answer: NotificationPermission) {
    const shown = vi.fn();
    const browser = Object.assign(shown, {
      permission: 'default' as NotificationPermission,
      requestPermission: vi.fn(() => {
        browser.permission = answer;
        return Promise.resolve(answer);
      }),
    });
    vi.stubGlobal('Notification', browser);
    useNotifyOnEnd.setState({ isWanted: false });
    api.answers({});
    await show(<NotificationsPage />);
    return browser;
  }
  afterEach(() => vi.unstubAllGlobals());
  const choice = () => screen.getByRole('switch', { name: 'Notify me when a task ends' });

  it('are off, and the browser is asked only when somebody turns them on', async () => {
    const browser = await open('granted');
    expect(choice()).not.toBeChecked();
    expect(browser.requestPermission).not.toHaveBeenCalled();
    await user.click(choice());
    expect(browser.requestPermission).toHaveBeenCalledOnce();
    await waitFor(() => expect(choice()).toBeChecked());
    expect(browser).not.toHaveBeenCalled();
    await user.click(screen.getByRole('button', { name: 'Show one now' }));
    expect(browser).toHaveBeenCalledOnce();
  });

  it('stay off where the browser refuses, and say what to do', async () => {
    await open('denied');
    await user.click(choice());
    expect(await screen.findByRole('alert')).toHaveTextContent('This browser refuses notifications');
    expect(choice()).not.toBeChecked();
  });
});
