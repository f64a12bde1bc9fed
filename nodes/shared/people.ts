import type { EngineApi } from '../../engine';

/** Profile ids in an answer of the engine; null: of people whom the answer does not name. */
type People = ReadonlyArray<number | null> | null;

type Reader<Method> = Method extends (...args: never[]) => Promise<infer Answer> ? (answer: Answer) => People : never;

/**
 * Whom a call of the engine reads or writes, so that an erasure can name the execution that made it. nobody: it is not about people, or they are known
 * otherwise: whoever is in a journey by their enrollment. A new method of the engine has to be decided here.
 */
type OfMethods = { [Domain in keyof EngineApi]: { [Method in keyof EngineApi[Domain]]: Reader<EngineApi[Domain][Method]> } };

const nobody = (): People => [];
const somebody = (): People => null;
const one = (answer: { profile: number | null } | null): People => (answer === null ? [] : [answer.profile]);
const each = (answer: ReadonlyArray<{ profile: number | null } | null> | null): People => (answer ?? []).map((row) => row?.profile ?? null);
/** Of a journey each has a stamp. */
const outsideOnes = (results: ReadonlyArray<{ profile: number | null; stamp?: unknown }>): People => each(results.filter(({ stamp }) => stamp === undefined));
const reported = ({ profiles }: { profiles: ReadonlyArray<number | null> }): People => profiles;

export const PEOPLE: OfMethods = {
	profiles: {
		upsert: reported, get: (view) => [view?.id ?? null], count: nobody, attributes: nobody, declareType: nobody, declaredTypes: nobody,
		merge: ({ profile, merged }) => [profile, merged], unmerge: ({ profile, restored }) => [profile, restored], merges: (merges) => (merges.length === 0 ? [] : null),
	},
	groups: { upsert: nobody, get: nobody, list: nobody, addMembers: reported, removeMembers: reported, delete: nobody, members: each, attributes: nobody },
	events: { ingest: reported, names: nobody, properties: nobody, sources: nobody, catalog: nobody, list: ({ events }) => events.map(({ profileId }) => profileId) },
	segments: {
		save: nobody, list: nobody, get: nobody, delete: nobody, rename: nobody, count: nobody, preview: ({ sample }) => each(sample), describe: nobody,
		// Values of people, without whose they are: for dropdowns, which no execution opens.
		values: nobody, members: each, changes: each, evaluate: (members) => members,
	},
	scores: {
		saveModel: nobody, models: nobody, model: nobody, modelVersions: nobody, deleteModel: nobody, recalculate: nobody, of: each, explain: one,
		history: ({ changes }) => each(changes), stages: nobody, defineStages: nobody, setStages: each, stageOf: each, find: (found) => found,
	},
	lists: { create: nobody, list: nobody, get: nobody, add: reported, remove: reported, copy: nobody, move: nobody, delete: nobody, members: each },
	consent: { set: somebody, setFor: reported, get: one, sources: nobody, history: (entries) => (entries === null ? [] : null), request: ({ requests }) => each(requests), setDoNotSell: reported },
	// Addresses, which may be anybody's.
	suppression: { add: somebody, remove: somebody, check: somebody, list: somebody, importStart: nobody, importChunk: somebody, importEnd: nobody },
	preferences: { set: reported, links: each },
	journeys: {
		register: nobody, beat: nobody, asks: nobody, noteDrawing: nobody, claim: nobody, begin: nobody, renew: nobody, settle: nobody, breakOff: nobody, route: nobody, filter: nobody, branch: nobody, tryBranch: nobody,
		park: nobody, join: nobody, setNeeded: nobody, throttle: nobody, setThrottle: nobody, goal: nobody, exit: nobody, status: nobody, people: each, broadcasts: nobody, retryHeld: nobody, pause: nobody,
		resume: nobody, move: nobody, exitPeople: nobody, stopSending: nobody, resumeSending: nobody, sendingStopped: nobody, enroll: each, sample: one,
	},
	experiments: { register: nobody, split: nobody, preview: nobody, status: nobody, restart: nobody },
	messages: {
		sendEmail: outsideOnes, sendSms: outsideOnes, sendWhatsApp: outsideOnes, sendChat: outsideOnes, sendPush: outsideOnes, sendWebPush: outsideOnes, sendOnSite: outsideOnes, sendDirectMail: outsideOnes, preview: one, previewSms: one, estimateSms: nobody, previewWhatsApp: one, whatsAppTemplates: nobody, previewChat: one, previewPush: one, previewWebPush: one, previewOnSite: one, previewDirectMail: one, sendTest: one, check: nobody, foresee: each, foreseeUnknown: nobody, limits: nobody, warmUps: nobody, list: each, verifyProvider: nobody, askReceiptsBy: nobody, checkSenderDomain: nobody,
		gateEnter: nobody, gateOpen: nobody, gateTurn: nobody, gateLeave: nobody, bestChannel: nobody, tryBestChannel: nobody,
	},
	images: { upload: nobody, get: nobody, list: nobody, update: nobody, delete: nobody },
	coupons: { createPool: nobody, updatePool: nobody, importFile: nobody, addCodes: nobody, generate: nobody, pools: nobody, pool: nobody, codes: each, assign: each, deletePool: nobody },
	products: {
		importStart: nobody, importChunk: nobody, importEnd: nobody, importAbort: nobody, importUrl: nobody, feeds: nobody, list: nobody, get: nobody, recommend: each, deleteFeed: nobody,
	},
	attribution: { conversions: nobody, lift: nobody },
	insights: { explain: one, startTest: ({ people }) => each(people), timeline: ({ people }) => each(people) },
	collector: { configure: nobody, remove: nobody, handle: nobody, preview: nobody, nextEvents: nobody, emitted: nobody, takeMails: somebody, leaveEvents: nobody },
	settings: { get: nobody, set: nobody, history: nobody, inForce: nobody, sender: nobody, restore: nobody },
	templates: {
		save: nobody, get: nobody, list: nobody, publish: nobody, unpublish: nobody, versions: nobody, compare: nobody, delete: nobody, removeLanguage: nobody, saveSample: nobody,
		preview: ({ profile }) => (profile === null ? [] : [profile]), check: nobody, starters: nobody, createFromStarter: nobody, uses: nobody,
	},
	blocks: { save: nobody, get: nobody, list: nobody, publish: nobody, versions: nobody, delete: nobody },
	brand: { get: nobody, set: nobody },
	transfer: {
		importStart: nobody, importChunk: somebody, importEnd: nobody, importAbort: nobody, importProgress: nobody, imports: nobody, importRejected: somebody, importUndo: nobody,
		exportStart: nobody, exportChunk: somebody, exportEnd: nobody,
	},
	// The log names people by number alone, and of the erased nobody.
	privacy: { audit: ({ entries }) => each(entries), exportPerson: one, erasePerson: nobody, noteExecutions: nobody },
	alerts: { list: nobody, listen: nobody, next: nobody, held: nobody, renew: nobody, settle: nobody },
};
