import type { CollectorApi } from './collector/types';
import type { ConsentApi } from './consent/types';
import type { EventsApi } from './events/types';
import type { JourneysApi } from './journeys/types';
import type { MessagesApi } from './messages/types';
import type { ProfilesApi } from './profiles/types';
import type { SegmentsApi } from './segments/types';

/**
 * What the engine can do, the same in its own thread and through the thread's client:
 * every argument and result can be structured-cloned, every method answers with a promise and
 * rejects with an EngineError. Calls are coarse: one a batch.
 */
export interface EngineApi {
	profiles: ProfilesApi;
	events: EventsApi;
	segments: SegmentsApi;
	consent: ConsentApi;
	journeys: JourneysApi;
	messages: MessagesApi;
	collector: CollectorApi;
}

export type WakeListener = (step: { workflow: string; step: string }) => void;

export interface Engine extends EngineApi {
	/** Called when somebody became due at a step, by this process. Other processes' changes are found by polling. */
	onWake(listener: WakeListener): () => void;
	health(): Promise<{ database: 'sqlite' | 'postgres'; schema: number; profiles: number }>;
	close(): Promise<void>;
}
