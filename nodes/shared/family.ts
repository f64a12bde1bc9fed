/**
 * Our node types. At run time a type reads `<package>.<name>`, or `CUSTOM.<name>` when loaded from a folder.
 * parks: every contact that comes in is parked, so nothing behind it runs in this execution.
 */
const FAMILY: Record<string, { parks: boolean }> = {
	journeyTrigger: { parks: false },
	journeyCollectorTrigger: { parks: false },
	journeyAlertTrigger: { parks: false },
	journeyWait: { parks: true },
	journeyWaitForEvent: { parks: true },
	journeyJoin: { parks: true },
	journeyThrottle: { parks: true },
	segmentFilter: { parks: false },
	leadScore: { parks: false },
	journeyBranch: { parks: false },
	journeySplit: { parks: false },
	journeyDirectMail: { parks: false },
	journeyEmail: { parks: false },
	journeySms: { parks: false },
	journeyWhatsApp: { parks: false },
	journeyChat: { parks: false },
	journeyPush: { parks: false },
	journeyWebPush: { parks: false },
	journeyOnSite: { parks: false },
	journeyAnyChannel: { parks: true },
	journeyBestChannel: { parks: false },
	journeyGoal: { parks: false },
	journeyExit: { parks: true },
	profileEngine: { parks: false },
	journeyControl: { parks: false },
	journeyContent: { parks: false },
};

const ADMINISTRATION = new Set(['journeyAlertTrigger', 'journeyCollectorTrigger', 'journeyContent', 'journeyControl', 'profileEngine']);

const TYPE = /^(?:CUSTOM|(?:@[^/]+\/)?n8n-nodes-journeys)\.([A-Za-z]+?)(?:Tool)?$/;

/** The name of a node type of ours without its package, e.g. 'journeyWait'; undefined for all others. */
export function nameOf(type: string): string | undefined {
	const name = TYPE.exec(type)?.[1];
	return name === undefined || !Object.hasOwn(FAMILY, name) ? undefined : name;
}

function memberOf(type: string): { parks: boolean } | undefined {
	const name = nameOf(type);
	return name === undefined ? undefined : FAMILY[name];
}

export function isOurs(type: string): boolean {
	return memberOf(type) !== undefined;
}

/** Whether people of a journey go through it; the others administrate. */
export function isStep(type: string): boolean {
	return isOurs(type) && !ADMINISTRATION.has(TYPE.exec(type)?.[1] ?? '');
}

/** Nothing behind this node runs in the same execution for the contacts that come into it. */
export function endsHop(type: string): boolean {
	return memberOf(type)?.parks ?? false;
}
