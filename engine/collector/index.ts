import type { Browsers } from '../devices';
import type { Events } from '../events';
import { isEngineError, type Clock, type Log, type Random } from '../kernel';
import type { OnSite } from '../onsite';
import type { Pages } from '../pages';
import type { Reports } from '../reports';
import type { Settings } from '../settings';
import type { Store } from '../store';
import type { Tracking } from '../tracking';
import { BrowserSdk } from './browser-sdk';
import { Callbacks } from './callbacks';
import type { Accepted } from './collected';
import { checkedConfig, trustedProxiesOf } from './configuration';
import { Handover } from './handover';
import type { ServeImage } from './images';
import { Intake } from './intake';
import { CollectorSettings } from './known';
import { Listeners } from './listeners';
import { takeMails } from './mails';
import { OnSiteDoor } from './on-site';
import { Outbox } from './outbox';
import { preview } from './preview';
import { ReportIntake } from './report-intake';
import { route } from './routes';
import type { CollectedEvent, CollectorApi } from './types';
import { UserSecrets } from './user-secrets';
import { evidentAddress } from './visitor-address';

export { collectedKeeper } from './keeper';
export type * from './types';

export interface Collector extends CollectorApi {
	/** Closes the own listeners; requests in flight finish first. */
	close(): Promise<void>;
}

export interface CollectorParts {
	store: Store;
	random: Random;
	settings: Pick<Settings, 'collectors' | 'current' | 'saveCollector' | 'removeCollector' | 'signingSecret' | 'trackingAddress'>;
	/** Who subscribed to web push in which browser. */
	browsers: Browsers;
	events: Pick<Events, 'ingest'>;
	tracking: Tracking;
	/** What people see when they follow a link. */
	pages: Pages;
	/** What is shown on people's own pages. */
	onSite: OnSite;
	/** What delivery services tell. */
	reports: Reports;
	/** The image library's files. */
	images: ServeImage;
	log: Log;
	/** Who of these people asked not to be sold or shared. */
	unsold(profiles: readonly number[]): Promise<ReadonlySet<number>>;
	/** Injected time: then nothing that was read is kept for a while. */
	clock?: Clock;
	/** Transactions at once. Default 1; more only where the database has more than one writer. */
	lanes?: number;
}

/**
 * Receives what sites, apps and mail programs send, through n8n's webhook or an own listener. Write keys and addresses are kept
 * in the database: in queue mode a webhook process answers for a collector that the main process configured.
 */
export function createCollector({ store, random, settings, browsers, events, tracking, pages, onSite, reports, images, log, clock, unsold, lanes = 1 }: CollectorParts): Collector {
	const known = new CollectorSettings(settings, clock);
	const outbox = new Outbox(log);
	const handover = new Handover(store, random, log);
	const intake = new Intake(events.ingest, lanes, handover);
	const callbacks = new Callbacks(known, reports, log);
	const secrets = new UserSecrets();
	const door = new OnSiteDoor(onSite, secrets, log);
	const parts = { settings, secrets, onSite: door, known, intake, outbox, tracking, pages, callbacks, images, log, sdk: new BrowserSdk(), webPush: { browsers, settings, secrets, reports: new ReportIntake((given) => reports.take(given)), log } };
	const handle: CollectorApi['handle'] = ({ ip, ...request }) => {
		const address = evidentAddress(ip);
		return route(parts, { ...request, method: request.method.toUpperCase(), ...(address === null ? {} : { ip: address }) });
	};
	const listeners = new Listeners(handle);
	/** Workflows whose last batch came through the database. */
	const lastHanded = new Set<string>();
	async function flagged(accepted: Accepted[]): Promise<CollectedEvent[]> {
		if (accepted.length === 0) return [];
		const people = [...new Set(accepted.flatMap(({ profileId }) => profileId ?? []))];
		const kept = await unsold(people).catch((error: unknown) => {
			// They come once: kept back for want of an answer, they would be lost.
			log.warn('Whether the people of collected events asked not to be sold could not be found out: their items say that they did', { events: accepted.length, code: isEngineError(error) ? error.code : 'INTERNAL' });
			return new Set(people);
		});
		return accepted.map((event) => ({ ...event, doNotSell: event.profileId !== null && kept.has(event.profileId) }));
	}

	return {
		handle,
		takeMails: async (mails) => await takeMails(reports, mails),
		preview: async (request) => await preview(await known.current(), request),
		configure: async (config) => {
			const checked = checkedConfig(config);
			// Listen first: a configuration whose port is taken must not replace one that works.
			const port = checked.port === null ? null : await listeners.use(checked.workflow, checked.host, checked.port, trustedProxiesOf(config));
			if (port === null) await listeners.leave(checked.workflow);
			await settings.saveCollector(checked, (config.userSecret ?? '') !== '');
			secrets.configure(checked.workflow, config.userSecret);
			callbacks.configure(checked.workflow, checked.publicUrl, config.callbacks ?? {});
			known.forget();
			return { listening: port !== null, port };
		},
		remove: async (workflow) => {
			await listeners.leave(workflow);
			callbacks.forget(workflow);
			secrets.configure(workflow, undefined);
			await settings.removeCollector(workflow);
			known.forget();
			outbox.leave(workflow);
			await handover.forget(workflow);
		},
		nextEvents: async (workflow, options) => {
			outbox.open(workflow, options);
			// In turns, so that neither waits for ever behind the other.
			const mayTake = !(lastHanded.delete(workflow) && outbox.isDue(workflow, options));
			const handed = mayTake ? await handover.take(workflow, options) : null;
			if (handed !== null) lastHanded.add(workflow);
			// Left meanwhile: nothing is to be kept for it again.
			const { events: accepted, batch } = handed ?? { events: outbox.isOpen(workflow) ? await outbox.next(workflow, options) : [], batch: null };
			return { events: await flagged(accepted), batch };
		},
		emitted: (workflow, batch) => handover.done(workflow, batch),
		leaveEvents: async (workflow) => {
			handover.leave(workflow);
			return await flagged(outbox.leave(workflow));
		},
		close: async () => {
			outbox.closeAll();
			await listeners.closeAll();
		},
	};
}
