// For commands of cdk that have to see the application but deploy nothing: its functions need not be built.
import { spawnSync } from 'node:child_process';
import { lambdaDir } from '../test/fixture.ts';

const [command = '', ...rest] = process.argv.slice(2);
const context = ['-c', `lambdaDir=${lambdaDir()}`];
const { status } = spawnSync('npx', ['cdk', command, ...context, ...rest], { stdio: 'inherit' });
process.exitCode = status ?? 1;
