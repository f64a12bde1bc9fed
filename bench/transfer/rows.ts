/** About 250 characters a row: rows that somebody keeps show in the heap. */
const NOTE = 'Came by the fair in spring and asked for the catalogue; wrote twice about the delivery, bought once, and wants to hear of tea but not of cups. '.padEnd(160, '-');

export const emailOf = (n: number): string => `user${n}@example.com`;

export function attributesOf(n: number): { name: string; plan: string; city: string; note: string } {
	return { name: `Name ${n}`, plan: n % 3 === 0 ? 'pro' : 'free', city: 'Bern', note: `${NOTE}${n}` };
}

export const PEOPLE_HEADER = 'email,name,plan,city,note\n';

/** A line of the CSV file of people. */
export function personLine(n: number): string {
	const { name, plan, city, note } = attributesOf(n);
	return `${emailOf(n)},${name},${plan},${city},"${note}"\n`;
}

/** A line of the NDJSON file of events. */
export function eventLine(n: number): string {
	return `${JSON.stringify({ email: emailOf(n), event: 'Bought', timestamp: '2026-01-01T00:00:00Z', messageId: `m${n}`, total: n % 500, note: `${NOTE}${n}` })}\n`;
}
