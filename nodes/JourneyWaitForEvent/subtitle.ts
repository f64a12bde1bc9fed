import { subtitleBy } from '../shared/subtitle';

export const subtitle = subtitleBy((parameters, duration, chosen) => {
	const what = (): string => {
		if (parameters.waitFor === 'segment') return `${parameters.change === 'left' ? 'leaves' : 'enters'} ${chosen(parameters.segment) || 'segment'}`;
		if (parameters.waitFor === 'consent') return `${parameters.consent === 'unsubscribed' ? 'no' : 'yes'} to ${chosen(parameters.topic) || String(parameters.channel)}`;
		if (parameters.waitFor === 'message') return `message ${String(parameters.happened)}`;
		return chosen(parameters.event) || 'event';
	};
	return `${what()} · ${duration(parameters.timeout, parameters.timeoutUnit)}`;
});
