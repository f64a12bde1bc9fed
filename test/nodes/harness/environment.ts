import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// n8n-core writes its settings into the user folder as soon as it is imported: never into the real one.
process.env.N8N_USER_FOLDER = mkdtempSync(join(tmpdir(), 'journeys-n8n-'));
process.env.N8N_ENCRYPTION_KEY = 'a key for tests only';
// Errors that tests cause on purpose would fill the screen.
process.env.N8N_LOG_LEVEL = 'silent';
