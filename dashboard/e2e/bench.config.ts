import { defineConfig } from 'vitest/config';
import e2e from './vitest.config.ts';

/** The same stage, but what is played is measured and not judged. */
export default defineConfig({ test: { ...e2e.test, include: ['**/*.bench.ts'], testTimeout: 180_000 } });
