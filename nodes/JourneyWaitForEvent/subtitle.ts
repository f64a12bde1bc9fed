/** What the canvas shows below the name. n8n runs this text in the editor, where nothing else of this file exists: so all it needs stands inside. */
export const subtitleOf = (parameters: Record<string, unknown>): string => {
	const named = (value: unknown): string => String((typeof value === 'object' && value !== null && 'value' in value ? value.value : value) ?? '');
	const amount = parameters.timeout;
	const most = `${String(amount)} ${amount === 1 ? String(parameters.timeoutUnit).slice(0, -1) : String(parameters.timeoutUnit)}`;
	const what = (): string => {
		if (parameters.waitFor === 'segment') return `${parameters.change === 'left' ? 'leaves' : 'enters'} ${named(parameters.segment) || 'segment'}`;
		if (parameters.waitFor === 'consent') return `${parameters.consent === 'unsubscribed' ? 'no' : 'yes'} to ${named(parameters.topic) || String(parameters.channel)}`;
		if (parameters.waitFor === 'message') return `message ${String(parameters.happened)}`;
		return named(parameters.event) || 'event';
	};
	return `${what()} · ${most}`;
};
