import type { AlertsApi } from './alerts/types';
import type { AttributionApi } from './attribution/types';
import type { CollectorApi } from './collector/types';
import type { BlocksApi, BrandApi, TemplatesApi } from './content/types';
import type { ConsentApi, SuppressionApi } from './consent/types';
import type { CouponsApi } from './coupons/types';
import type { EventsApi } from './events/types';
import type { ExperimentsApi } from './experiments/types';
import type { ImagesApi } from './images/types';
import type { InsightsApi } from './insights/types';
import type { JourneysApi } from './journeys/types';
import type { MessagesApi } from './messages/types';
import type { PreferencesApi } from './preferences/types';
import type { PrivacyApi } from './privacy/types';
import type { ProductsApi } from './products/types';
import type { GroupsApi, ProfilesApi } from './profiles/types';
import type { ScoresApi } from './scores/types';
import type { ListsApi, SegmentsApi } from './segments/types';
import type { SettingsApi } from './settings/types';
import type { TransferApi } from './transfer/types';

/**
 * What the engine can do, the same in its own thread and through the thread's client:
 * every argument and result can be structured-cloned, every method answers with a promise and
 * rejects with an EngineError. Calls are coarse: one a batch.
 */
export interface EngineApi {
	profiles: ProfilesApi;
	groups: GroupsApi;
	events: EventsApi;
	segments: SegmentsApi;
	scores: ScoresApi;
	lists: ListsApi;
	consent: ConsentApi;
	suppression: SuppressionApi;
	preferences: PreferencesApi;
	journeys: JourneysApi;
	experiments: ExperimentsApi;
	messages: MessagesApi;
	images: ImagesApi;
	coupons: CouponsApi;
	products: ProductsApi;
	attribution: AttributionApi;
	insights: InsightsApi;
	collector: CollectorApi;
	settings: SettingsApi;
	templates: TemplatesApi;
	blocks: BlocksApi;
	brand: BrandApi;
	transfer: TransferApi;
	privacy: PrivacyApi;
	alerts: AlertsApi;
}

export type WakeListener = (step: { workflow: string; step: string }) => void;

export interface Engine extends EngineApi {
	/** Called when somebody became due at a step, by this process. Other processes' changes are found by polling. */
	onWake(listener: WakeListener): () => void;
	health(): Promise<{ database: 'sqlite' | 'postgres'; schema: number; profiles: number }>;
	close(): Promise<void>;
}
