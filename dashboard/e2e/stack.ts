import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Line } from './line.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target');
const STARTED_WITHIN_MS = 30_000;

export const ADMIN = 'admin@errand.test';
export const PASSWORD = 'correct horse battery staple 7';

/** The stack of `make up`, with data of its own and the demonstration model, behind a line that can be cut. */
export class Stack {
  private constructor(
    private readonly child: ChildProcess,
    /** Where its data are; gone when it stops. */
    readonly data: string,
    readonly line: Line,
    /** What it printed. */
    readonly banner: string,
  ) {}

  /** Where a browser goes: through the line. */
  get url(): string {
    return this.line.url;
  }

  /** The sign-in for one use that it printed, through the line. */
  get link(): string {
    const [, token] = /#link=(\S+)/.exec(this.banner) ?? [];
    if (token === undefined) throw new Error(`no link in:\n${this.banner}`);
    return `${this.url}/login#link=${token}`;
  }

  static async start(variables: Record<string, string> = {}): Promise<Stack> {
    const program = process.env.ERRAND_LOCAL ?? join(TARGET, 'debug/errand-local');
    if (!existsSync(program)) throw new Error(`there is no ${program}: make build`);
    const data = mkdtempSync(join(tmpdir(), 'errand-e2e-'));
    const port = await freePort();
    const child = spawn(program, {
      env: {
        PATH: process.env.PATH,
        ERRAND_DATA: join(data, 'data'),
        ERRAND_PORT: String(port),
        ERRAND_ADMIN_EMAIL: ADMIN,
        ERRAND_ADMIN_PASSWORD: PASSWORD,
        ...variables,
      },
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const banner = await printed(child);
      return new Stack(child, data, await Line.to(port), banner);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  /** The last of what the server wrote about itself. */
  log(lines: number): string {
    const text = readFileSync(join(this.data, 'data/logs/errand.log'), 'utf8');
    return text.trimEnd().split('\n').slice(-lines).join('\n');
  }

  async stop(): Promise<void> {
    await this.line.close();
    if (this.child.exitCode === null) {
      const gone = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await gone;
    }
    rmSync(this.data, { recursive: true, force: true });
  }
}

/** Until the last line of what it prints when it is ready. */
async function printed(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no output');
  const said: string[] = [];
  const patience = setTimeout(() => child.kill('SIGKILL'), STARTED_WITHIN_MS);
  for await (const line of createInterface(child.stdout)) {
    said.push(line);
    if (/^ {2}end /.test(line)) {
      clearTimeout(patience);
      child.stdout.resume();
      return said.join('\n');
    }
  }
  throw new Error(`the server ended before it was ready:\n${said.join('\n')}`);
}

async function freePort(): Promise<number> {
  const probe: Server = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
