import { subtitleBy } from '../shared/subtitle';

export const subtitle = subtitleBy((parameters, duration) => {
	const need = parameters.continueWhen === 'first' ? 'the first path' : parameters.continueWhen === 'number' ? `${String(parameters.paths)} paths` : 'all paths';
	return `${need} · ${duration(parameters.timeout, parameters.timeoutUnit)}`;
});
