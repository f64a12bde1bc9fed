import type { INodeProperties } from 'n8n-workflow';

import * as broadcasts from './broadcasts.operation';
import * as check from './check.operation';
import * as conversions from './conversions.operation';
import * as enroll from './enroll.operation';
import * as estimateSms from './estimateSms.operation';
import * as exit from './exit.operation';
import * as experiments from './experiments.operation';
import * as explain from './explain.operation';
import * as messages from './messages.operation';
import * as move from './move.operation';
import * as pause from './pause.operation';
import * as people from './people.operation';
import * as restartExperiment from './restartExperiment.operation';
import * as resume from './resume.operation';
import * as retryHeld from './retryHeld.operation';
import * as status from './status.operation';

export const operations = {
	broadcasts: broadcasts.execute,
	check: check.execute,
	conversions: conversions.execute,
	enroll: enroll.execute,
	estimateSms: estimateSms.execute,
	exit: exit.execute,
	experiments: experiments.execute,
	explain: explain.execute,
	messages: messages.execute,
	move: move.execute,
	pause: pause.execute,
	people: people.execute,
	restartExperiment: restartExperiment.execute,
	resume: resume.execute,
	retryHeld: retryHeld.execute,
	status: status.execute,
};

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['journey'] } },
		options: [
			{
				name: 'Check',
				value: 'check',
				description: 'Look for mistakes in a journey before people do',
				action: 'Check a journey',
			},
			{
				name: 'Enroll',
				value: 'enroll',
				description: 'Let people enter a journey by name, with data',
				action: 'Enroll people into a journey',
			},
			{
				name: 'Estimate SMS',
				value: 'estimateSms',
				description: 'What the text messages of a journey would come to: who is reachable, messages by country, segments and cost, with nothing sent',
				action: 'Estimate the text messages of a journey',
			},
			{
				name: 'Exit',
				value: 'exit',
				description: 'Take people out of a journey at once',
				action: 'Take people out of a journey',
			},
			{
				name: 'Explain',
				value: 'explain',
				description: 'Why somebody got a message or did not, will get it, and is where they are',
				action: 'Explain a person in a journey',
			},
			{
				name: 'Get Broadcasts',
				value: 'broadcasts',
				description: 'Each time of a schedule: when it began and ended, how many entered, were refused and are to come',
				action: 'Get broadcasts of journeys',
			},
			{
				name: 'Get Conversions',
				value: 'conversions',
				description: 'Which messages get credit for what people did afterwards, and what a journey brings compared with those held out',
				action: 'Get conversions of journeys',
			},
			{
				name: 'Get Experiments',
				value: 'experiments',
				description: 'How the paths of Journey Splits and the variants of senders compare, and whether one has won',
				action: 'Get experiments of journeys',
			},
			{
				name: 'Get Messages',
				value: 'messages',
				description: 'Why somebody got a message or did not: sent, skipped why, held until when',
				action: 'Get messages of a journey',
			},
			{
				name: 'Get People',
				value: 'people',
				description: 'Who stands where, since when, and when they are due',
				action: 'Get people in a journey',
			},
			{
				name: 'Get Status',
				value: 'status',
				description: 'Numbers for each step or journey: waiting, held, sent, opened, clicked, goals',
				action: 'Get status of journeys',
			},
			{
				name: 'Move',
				value: 'move',
				description: 'Put waiting, held or stranded people to another step',
				action: 'Move people to another step',
			},
			{
				name: 'Pause',
				value: 'pause',
				description: 'Let nobody of a journey go on for now',
				action: 'Pause a journey',
			},
			{
				name: 'Restart Experiment',
				value: 'restartExperiment',
				description: 'Forget what a Journey Split, or a sender with variants, has counted and begin a new round',
				action: 'Restart an experiment',
			},
			{
				name: 'Resume',
				value: 'resume',
				description: 'Let a paused journey go on',
				action: 'Resume a journey',
			},
			{
				name: 'Retry Held',
				value: 'retryHeld',
				description: 'Let people go on who are held after a failure',
				action: 'Retry held people',
			},
		],
		default: 'status',
	},
	...broadcasts.description,
	...check.description,
	...conversions.description,
	...enroll.description,
	...estimateSms.description,
	...exit.description,
	...experiments.description,
	...explain.description,
	...messages.description,
	...move.description,
	...pause.description,
	...people.description,
	...restartExperiment.description,
	...resume.description,
	...retryHeld.description,
	...status.description,
];
