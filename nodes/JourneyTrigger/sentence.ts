/** A field of the panel in an n8n expression: the name in a locator, or the value; `otherwise` while nothing is chosen. */
function field(name: string, otherwise: string): string {
	const value = `$parameter[${JSON.stringify(name)}]`;
	return `((${value}?.value ?? ${value}) || ${JSON.stringify(otherwise)})`;
}

/** What each entry says on the canvas. The event comes last: it is also what an entry that nobody knows is shown as. */
const ENTRIES: Record<string, string> = {
	segment: `"enters " + ${field('segment', 'a segment')}`,
	segmentLeft: `"leaves " + ${field('segment', 'a segment')}`,
	score: `"becomes " + ${field('scoreBecomes', 'another')}`,
	stage: `"reaches " + ${field('stage', 'a stage')}`,
	attribute: `${field('attribute', 'an attribute')} + " changes"`,
	consent: `($parameter["consentState"] === "unsubscribed" ? "no to " : $parameter["consentState"] === "pending" ? "asked for " : "yes to ") + ${field('consentTopic', '')} + (${field('consentTopic', '')} ? " by " : "") + ${field('consentChannel', 'email')}`,
	message: `"message " + (({ notOpened: "not opened in time", notClicked: "not clicked in time" })[$parameter["messageHappened"]] ?? $parameter["messageHappened"])`,
	date: `($parameter["dateWhen"] === "on" ? "on " : $parameter["dateDays"] + ($parameter["dateDays"] === 1 ? " day " : " days ") + $parameter["dateWhen"] + " ") + ${field('dateAttribute', 'a date')} + ($parameter["dateYearly"] ? ", each year" : "")`,
	schedule: `($parameter["scheduleWhen"] === "cron" ? "on schedule " + $parameter["scheduleCron"] : "once, " + ${field('scheduleAt', 'at a time')}.slice(0, 16).replace("T", " "))`,
	area: '"comes within " + $parameter["areaKm"] + " km"',
	enroll: '"enrolled by Journey Control"',
};

const LEAVING = `($parameter["exitOnEvent"] ? ", until " + ${field('exitEvent', 'an event')} : "")`;

/** Who starts and until when, below the node's name. An expression that n8n evaluates in the editor, where nothing but the node's parameters exists. */
export const subtitle = `={{ (${Object.entries(ENTRIES).map(([entry, text]) => `$parameter["entry"] === ${JSON.stringify(entry)} ? ${text}`).join(' : ')} : ${field('event', 'on an event')}) + ${LEAVING} }}`;
