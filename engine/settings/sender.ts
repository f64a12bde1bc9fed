import { EngineError } from '../kernel';
import type { Sender, SettingsValues } from './types';

/** Keys are told apart without case: a step that names one must not lose it to a capital letter. Throws NOT_FOUND. */
export function senderOf({ senders }: Pick<SettingsValues, 'senders'>, channel: string, key: string | undefined): Sender | null {
	const own = senders.filter((sender) => sender.channel === channel);
	if (key === undefined) return own[0] ?? null;
	const found = own.find((sender) => sender.key.toLowerCase() === key.trim().toLowerCase());
	if (found !== undefined) return found;
	const known = own.length === 0 ? `There are none for ${channel} yet` : `There are: ${own.map((sender) => sender.key).join(', ')}`;
	throw new EngineError('NOT_FOUND', `There is no sender "${key.slice(0, 80)}" in the settings. ${known}. Choose another one, or add it in Profile Engine: Settings, Senders.`, { sender: key.slice(0, 80) });
}
