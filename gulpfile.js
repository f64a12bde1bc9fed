const { dest, parallel, src } = require('gulp');

/** `encoding: false`: gulp 5 would otherwise read PNGs as UTF-8 and damage them. */
const icons = () => src('icons/**/*.{svg,png}', { encoding: false }).pipe(dest('dist/icons'));
const besideNodes = () => src('nodes/**/*.{svg,png,json}', { encoding: false }).pipe(dest('dist/nodes'));
const besideCredentials = () => src('credentials/**/*.{svg,png}', { encoding: false }).pipe(dest('dist/credentials'));

exports.assets = parallel(icons, besideNodes, besideCredentials);
