import type { EventsApi } from '../events/types';
import type { Log } from '../kernel';
import type { Settings } from '../settings';
import type { Tracking } from '../tracking';
import { checkedConfig } from './configuration';
import { Listeners } from './listeners';
import { route } from './routes';
import type { CollectorApi } from './types';

export type { CollectorApi, CollectorConfig, CollectorRequest, CollectorResponse } from './types';

export interface Collector extends CollectorApi {
	/** Closes the own listeners; requests in flight finish first. */
	close(): Promise<void>;
}

export interface CollectorParts {
	settings: Pick<Settings, 'collectors' | 'saveCollector' | 'removeCollector'>;
	events: Pick<EventsApi, 'ingest'>;
	tracking: Tracking;
	log: Log;
}

/**
 * Receives what sites, apps and mail programs send, through n8n's webhook or an own listener. Write keys and addresses are kept
 * in the database: in queue mode a webhook process answers for a collector that the main process configured.
 */
export function createCollector({ settings, events, tracking, log }: CollectorParts): Collector {
	const handle: CollectorApi['handle'] = (request) => route({ settings, events, tracking, log }, { ...request, method: request.method.toUpperCase() });
	const listeners = new Listeners(handle);

	return {
		handle,
		configure: async (config) => {
			const checked = checkedConfig(config);
			// Listen first: a configuration whose port is taken must not replace one that works.
			const port = checked.port === null ? null : await listeners.use(checked.workflow, checked.host, checked.port);
			if (port === null) await listeners.leave(checked.workflow);
			await settings.saveCollector(checked);
			return { listening: port !== null, port };
		},
		remove: async (workflow) => {
			await listeners.leave(workflow);
			await settings.removeCollector(workflow);
		},
		close: () => listeners.closeAll(),
	};
}
