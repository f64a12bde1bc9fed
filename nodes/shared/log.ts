import type { Logger } from 'n8n-workflow';

import type { Log } from '../../engine';

/** The engine's lines in n8n's log, each with the package's name in front. */
export function engineLog(logger: Logger): Log {
	const line = (message: string) => `Journeys: ${message}`;
	return {
		info: (message, facts) => logger.info(line(message), facts ?? {}),
		warn: (message, facts) => logger.warn(line(message), facts ?? {}),
		error: (message, facts) => logger.error(line(message), facts ?? {}),
	};
}
