export { keepFiles, keptFiles, removeEndedFiles, removeFilesOf, type KeptFile, type Waiting } from './keep';
