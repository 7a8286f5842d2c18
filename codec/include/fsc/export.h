/* export.h: marks what libfsc shows. Everything else in it is hidden. */
#ifndef FSC_EXPORT_H_
#define FSC_EXPORT_H_

#define FSC_EXPORT __attribute__((visibility("default")))

#endif /* FSC_EXPORT_H_ */
