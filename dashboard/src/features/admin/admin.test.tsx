import { problem, show, stubApi } from '@test/stub-api';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { describe, expect, it } from 'vitest';
import type { AuditEntry, User } from '@/api/types';
import { AdminOnly } from './admin-only';
import { Audit } from './audit';
import type { AuditSearch } from './audit-search';
import { Health } from './health';
import { LimitsPage } from './limits';
import { Users } from './users';

const api = stubApi();
const user = userEvent.setup();
const ADA: User = {
  id: 'user_1',
  email: 'ada@example.com',
  role: 'admin',
  disabled: false,
  invited: false,
  created_at: '2026-01-01T00:00:00Z',
};
const GRACE: User = { ...ADA, id: 'user_2', email: 'grace@example.com', role: 'member' };
const me = (role: string) => ({ id: ADA.id, email: ADA.email, role });

let search: AuditSearch = {};
function AuditPage({ start }: { start: AuditSearch }) {
  const [now, setNow] = useState(start);
  search = now;
  return <Audit search={now} onSearch={setNow} />;
}

describe('without the role', () => {
  it.each(['member', 'viewer'])('a %s reads what is missing, and nothing of the page is asked for', async (role) => {
    api.answers({ 'GET /v1/me': () => me(role) });
    await show(
      <AdminOnly title="Admin" what="see the users">
        <Users />
      </AdminOnly>,
    );
    expect(await screen.findByRole('heading', { name: 'This needs the role admin' })).toBeInTheDocument();
    expect(screen.getByText(new RegExp(`ada@example.com, who is a ${role}`))).toBeInTheDocument();
    expect(api.asked('GET /v1/users')).toHaveLength(0);
  });
});

describe('users', () => {
  const told = (routes: Parameters<typeof api.answers>[0] = {}, users = [ADA, GRACE]) =>
    api.answers({ 'GET /v1/me': () => me('admin'), 'GET /v1/users': () => ({ items: users }), ...routes });

  it('are invited by a link that is shown once, whole', async () => {
    told({ 'POST /v1/users': () => ({ user: { ...GRACE, email: 'new@example.com' }, link: '/login#link=TOKEN' }) });
    await show(<Users />);
    await user.click(await screen.findByRole('button', { name: 'Invite' }));
    await user.type(screen.getByLabelText('Email address'), 'new@example.com');
    await user.click(screen.getByRole('button', { name: 'Make the link' }));
    const link = `${location.origin}/login#link=TOKEN`;
    expect(await screen.findByText(link)).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Copy' }));
    expect(await navigator.clipboard.readText()).toBe(link);
    await user.click(screen.getByRole('button', { name: 'I have copied it' }));
    expect(screen.queryByText(link)).toBeNull();
    expect(api.asked('POST /v1/users')[0]?.body).toEqual({ email: 'new@example.com', role: 'member' });
  });

  it('show at the field what is wrong with an address', async () => {
    told({
      'POST /v1/users': () =>
        problem(422, 'invalid', { errors: [{ field: 'email', message: 'belongs to somebody already' }] }),
    });
    await show(<Users />);
    await user.click(await screen.findByRole('button', { name: 'Invite' }));
    await user.type(screen.getByLabelText('Email address'), 'grace@example.com');
    await user.click(screen.getByRole('button', { name: 'Make the link' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('Belongs to somebody already.');
  });

  it('are disabled after a question that says what ends', async () => {
    told({ 'PATCH /v1/users/user_2': () => ({ ...GRACE, disabled: true }) });
    await show(<Users />);
    await user.click(await screen.findByRole('button', { name: 'More for grace@example.com' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Disable…' }));
    const dialog = await screen.findByRole('alertdialog', { name: 'Disable grace@example.com?' });
    expect(dialog).toHaveTextContent('Their sign-ins end at once and their API keys are refused');
    expect(api.asked('PATCH /v1/users/user_2')).toHaveLength(0);
    await user.click(within(dialog).getByRole('button', { name: 'Disable' }));
    await waitFor(() => expect(api.asked('PATCH /v1/users/user_2')[0]?.body).toEqual({ disabled: true }));
  });

  it('keep their last admin: neither role nor account can be taken from it', async () => {
    told();
    await show(<Users />);
    expect(await screen.findByText(/the only admin, so this role stays/)).toBeInTheDocument();
    expect(screen.getByRole('combobox', { name: 'Role of ada@example.com' })).toBeDisabled();
    await user.click(screen.getByRole('button', { name: 'More for ada@example.com' }));
    expect(await screen.findByRole('menuitem', { name: 'Disable…' })).toHaveAttribute('aria-disabled', 'true');
  });

  it('get a link to set a new password', async () => {
    told({ 'POST /v1/users/user_2/link': () => ({ link: '/login#link=RESET' }) });
    await show(<Users />);
    await user.click(await screen.findByRole('button', { name: 'More for grace@example.com' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Link to set a new password' }));
    expect(await screen.findByText(`${location.origin}/login#link=RESET`)).toBeInTheDocument();
  });

  it('say what went wrong and try again', async () => {
    told({ 'GET /v1/users': () => problem(503, 'busy', { detail: 'Come back later.' }) });
    await show(<Users />);
    expect(await screen.findByRole('alert')).toHaveTextContent('Come back later.');
  });
});

describe('limits', () => {
  const now = { running_total: 24, running_per_user: 8, queued_per_user: 200 };
  const told = (routes: Parameters<typeof api.answers>[0] = {}) =>
    api.answers({ 'GET /v1/limits': () => now, 'GET /v1/queue': () => ({ running: 18 }), ...routes });

  it('show what holds now, and say what a change does before it is made', async () => {
    told({ 'PUT /v1/limits': ({ body }) => body });
    await show(<LimitsPage />);
    const total = await screen.findByLabelText('Tasks running at once');
    expect(total).toHaveValue('24');
    expect(screen.getByRole('button', { name: 'Change the limits' })).toBeDisabled();
    await user.clear(total);
    await user.type(total, '12');
    expect(await screen.findByText(/18 tasks run now: none is stopped/)).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Change the limits' }));
    await waitFor(() => expect(api.asked('PUT /v1/limits')[0]?.body).toEqual({ ...now, running_total: 12 }));
    expect(await screen.findByText(/Now 12\./)).toBeInTheDocument();
  });

  it('take no half tasks', async () => {
    told();
    await show(<LimitsPage />);
    const total = await screen.findByLabelText('Tasks running at once');
    for (const text of ['1.5', '-1', '0', '10001', 'many', '']) {
      await user.clear(total);
      if (text) await user.type(total, text);
      expect(total).toHaveAccessibleDescription(/A whole number from 1 to 10,000\./);
      expect(screen.getByRole('button', { name: 'Change the limits' })).toBeDisabled();
    }
  });

  it('show at the field what the API refuses', async () => {
    told({
      'PUT /v1/limits': () =>
        problem(422, 'invalid', { errors: [{ field: 'running_per_user', message: 'must be at most 1000' }] }),
    });
    await show(<LimitsPage />);
    const perUser = await screen.findByLabelText('Running at once per user');
    await user.clear(perUser);
    await user.type(perUser, '5000');
    await user.click(screen.getByRole('button', { name: 'Change the limits' }));
    await waitFor(() => expect(perUser).toHaveAccessibleDescription(/Must be at most 1000\./));
  });
});

it('health says which part does not answer, in words', async () => {
  api.answers({
    'GET /v1/health': () => ({
      version: '1.2.3',
      parts: [
        { name: 'table', ok: true, latency_ms: 3 },
        { name: 'model', ok: false, detail: 'answers 529', latency_ms: 212 },
      ],
    }),
  });
  await show(<Health />);
  expect(await screen.findByText('1 part does not answer')).toBeInTheDocument();
  expect(screen.getByText(/Errand 1\.2\.3/)).toBeInTheDocument();
  expect(screen.getByText('answers 529').closest('li')).toHaveTextContent('model: does not answer');
});

describe('the audit list', () => {
  const entry = (at: number, more: Partial<AuditEntry>): AuditEntry => ({
    at: new Date(Date.UTC(2026, 10, 22, 12, 60 - at)).toISOString(),
    actor: { id: ADA.id, email: ADA.email },
    via: 'session',
    action: 'signed_in',
    request_id: `req-${at}`,
    ...more,
  });
  const FIRST = [
    entry(1, { action: 'queue_paused', detail: 'new image' }),
    entry(2, { actor: { id: GRACE.id, email: GRACE.email } }),
    entry(3, { actor: null, via: 'server', action: 'a_new_kind_of_thing' as AuditEntry['action'] }),
  ];
  const told = () =>
    api.answers({
      'GET /v1/audit': ({ query }) =>
        query.cursor
          ? { items: [entry(4, { action: 'limits_changed', via: 'key' })] }
          : { items: FIRST, next_cursor: 'second' },
    });
  it('says who did what, newest first, and what it does not know by its own name', async () => {
    told();
    await show(<AuditPage start={{}} />);
    const rows = await screen.findAllByRole('listitem');
    expect(rows.map((row) => row.querySelector('p')?.textContent)).toEqual([
      'ada@example.com paused the queue',
      'grace@example.com signed in',
      'The server a new kind of thing',
    ]);
    expect(rows[0]).toHaveTextContent('new image');
  });

  it('goes on by the cursor to its end', async () => {
    told();
    await show(<AuditPage start={{}} />);
    await user.click(await screen.findByRole('button', { name: 'Load more' }));
    expect(await screen.findByText(/changed the limits/)).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Load more' })).toBeNull();
    expect(api.asked('GET /v1/audit').map((call) => call.query.cursor)).toEqual([undefined, 'second']);
  });

  it('is filtered by who and by action, in the address', async () => {
    told();
    await show(<AuditPage start={{ kind: 'queue' }} />);
    await waitFor(() => expect(screen.getAllByRole('listitem')).toHaveLength(2));
    expect(screen.getAllByRole('listitem')[0]).toHaveTextContent('paused the queue');
    await user.type(screen.getByRole('searchbox', { name: 'Who or what' }), 'image');
    expect(search).toEqual({ kind: 'queue', who: 'image' });
    expect(screen.getAllByRole('listitem')).toHaveLength(1);
  });

  it('looks for matches beyond what is loaded, ten pages at a time, and says how far it has looked', async () => {
    api.answers({
      'GET /v1/audit': ({ query }) => {
        const page = Number(query.cursor ?? 0);
        const action = page === 3 || page === 14 ? 'limits_changed' : 'signed_in';
        return { items: [entry(page, { action })], next_cursor: String(page + 1) };
      },
    });
    await show(<AuditPage start={{ action: 'limits_changed' }} />);
    expect(await screen.findByText(/1 match in the newest 10 entries/)).toBeInTheDocument();
    await user.click(await screen.findByRole('button', { name: 'Look further back' }));
    expect(await screen.findByText(/2 matches in the newest 20 entries/)).toBeInTheDocument();
    await screen.findByRole('button', { name: 'Look further back' });
    expect(api.asked('GET /v1/audit')).toHaveLength(20);
  });

  it('says so when no entry is like that', async () => {
    api.answers({ 'GET /v1/audit': () => ({ items: FIRST }) });
    await show(<AuditPage start={{ who: 'nobody' }} />);
    expect(await screen.findByRole('heading', { name: 'No entry is like that' })).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Show all entries' }));
    expect(await screen.findAllByRole('listitem')).toHaveLength(3);
  });
});
