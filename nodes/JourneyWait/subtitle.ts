import { subtitleBy } from '../shared/subtitle';

export const subtitle = subtitleBy((parameters, duration, chosen) => {
	if (parameters.wait === 'time') return `until ${String(parameters.timeOfDay)}`;
	if (parameters.wait === 'best') return 'until the best time';
	if (parameters.wait === 'date' || parameters.wait === 'attribute') {
		const what = parameters.wait === 'date' ? 'the date' : chosen(parameters.attribute) || 'the date';
		return parameters.offset === 'before' || parameters.offset === 'after' ? `${duration(parameters.offsetAmount, parameters.offsetUnit)} ${parameters.offset} ${what}` : `until ${what}`;
	}
	return duration(parameters.amount ?? 1, parameters.unit ?? 'days');
});
