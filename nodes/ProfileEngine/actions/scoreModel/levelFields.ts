import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';

import type { ScoreModel } from '../../../../engine';
import { entriesIn } from '../../../shared/fields';

/** What a sum is called: buckets and grades. */
export function levelFields(displayOptions: IDisplayOptions): INodeProperties[] {
	return [
		{
			displayName: 'Description',
			name: 'modelDescription',
			type: 'string',
			displayOptions,
			default: '',
			description: 'What the model is for',
		},
		{
			displayName: 'Buckets By',
			name: 'bucketBy',
			type: 'options',
			displayOptions,
			options: [
				{ name: 'Engagement', value: 'engagement', description: 'The points of the group Engagement' },
				{ name: 'Total', value: 'total', description: 'All points' },
			],
			default: 'total',
			description: 'Which sum decides the bucket',
		},
		{
			displayName: 'Buckets',
			name: 'buckets',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true, sortable: true },
			placeholder: 'Add Bucket',
			displayOptions,
			default: { bucket: [{ name: 'cold', from: 0 }, { name: 'warm', from: 30 }, { name: 'hot', from: 70 }] },
			description: 'Lowest first. The first has no lower limit, whatever its number.',
			options: [
				{
					displayName: 'Bucket',
					name: 'bucket',
					values: [
						{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. hot', description: 'Name of the bucket' },
						{ displayName: 'From', name: 'from', type: 'number', default: 0, description: 'People with at least so many points are in it' },
					],
				},
			],
		},
		{
			displayName: 'Grades',
			name: 'grades',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true },
			placeholder: 'Add Grade',
			displayOptions,
			default: { grade: [{ grade: 'A', from: 80 }, { grade: 'B', from: 60 }, { grade: 'C', from: 40 }, { grade: 'D', from: 20 }] },
			description: 'Best first, by the points of the group Fit. Whoever is below them all has F.',
			options: [
				{
					displayName: 'Grade',
					name: 'grade',
					values: [
						{
							displayName: 'Grade',
							name: 'grade',
							type: 'options',
							options: ['A', 'B', 'C', 'D', 'E'].map((grade) => ({ name: grade, value: grade })),
							default: 'A',
							description: 'The letter',
						},
						{ displayName: 'From', name: 'from', type: 'number', default: 0, description: 'People with at least so many points of fit have it' },
					],
				},
			],
		},
	];
}

export function readLevels(read: (name: string, fallback: unknown) => unknown): Pick<ScoreModel, 'description' | 'bucketBy' | 'buckets' | 'grades'> {
	const buckets = entriesIn(read('buckets', {}), 'bucket').map(({ name, from }, n) => (n === 0 ? { name: String(name ?? '').trim() } : { name: String(name ?? '').trim(), from: Number(from) }));
	const grades = entriesIn(read('grades', {}), 'grade').map(({ grade, from }) => ({ grade: String(grade ?? ''), from: Number(from) }));
	return {
		description: String(read('modelDescription', '') ?? '').trim(),
		bucketBy: read('bucketBy', 'total') === 'engagement' ? 'engagement' : 'total',
		...(buckets.length > 0 ? { buckets } : {}),
		...(grades.length > 0 ? { grades } : {}),
	};
}
