import type { Clock } from '../../engine/kernel';
import type { Mail, Person } from '../engine/journeys/walk';

export const ENTRY_EVENT = 'Signed Up';

/** What a process that plays n8n did, for the oracle: who passed which step by which way with what outcome. */
export interface Passed {
	person: number;
	token: string;
	step: string;
	trail: string;
	outcome: string;
}

export interface ScenarioOptions {
	people: number;
	smtpPort: number;
	clock: Clock;
	/** Hour 0. */
	startMs: number;
	passed(entries: Passed[]): void;
}

/** What one process plays of a life, over and over: publish, what the outside world does by the hour, and serve whoever is due. */
export interface Story {
	register(): Promise<void>;
	/** Repeating an action after a crash does nothing new. */
	outside(hour: number): Promise<void>;
	/** Serves every step until nobody is due. */
	pump(): Promise<void>;
}

export function numberOf(person: Person): number {
	return Number(person.json.number);
}

export function mailOf(name: string, port: number): Mail {
	return {
		purpose: 'marketing', topic: 'news', from: { name: 'The Shop', address: 'news@shop.example' }, trackOpens: true, trackClicks: true,
		content: { subject: `${name} {{ profile.number }}`, body: { kind: 'html', source: '<p>marker:{{ profile.id }}:</p>' } },
		provider: { kind: 'smtp', host: '127.0.0.1', port, secure: false, requireTls: false, connections: 5, timeoutMs: 60_000 },
	};
}
