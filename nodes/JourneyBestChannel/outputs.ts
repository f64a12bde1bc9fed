interface OutputShape {
	type: string;
	displayName: string;
}

/**
 * Reached, Not Reached, then one for each channel. n8n runs this text in the editor, where nothing else of this file exists: so all it needs stands inside. Names of
 * channels are those of the panel.
 */
export const outputsOf = (parameters: { channel?: unknown; fallback?: unknown; secondFallback?: unknown }): OutputShape[] => {
	const names: Record<string, string> = { chat: 'Chat', directmail: 'Direct Mail', email: 'Email', onsite: 'On-Site', push: 'Push', sms: 'SMS', webpush: 'Web Push', whatsapp: 'WhatsApp' };
	const given = [parameters.channel ?? 'email', parameters.fallback ?? 'sms', parameters.secondFallback ?? ''];
	const channels = given.filter((channel, n) => channel !== '' && given.indexOf(channel) === n);
	return [{ type: 'main', displayName: 'Reached' }, { type: 'main', displayName: 'Not Reached' }, ...channels.map((channel, n) => ({ type: 'main', displayName: `${n + 1} ${names[String(channel)] ?? String(channel)}` }))];
};
