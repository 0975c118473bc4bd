/** What a study is of: the frozen model, and tasks, each with what is changed of it. As data; the command line opens them. */
import { z } from 'zod'
import { corruptionSchema } from '../data/corruptions'

/** In a path, `${NAME}` stands for an environment variable. */
const path = z.string().min(1)

export const studyModelSchema = z.union([
  /** Folder of a CLIP or a classifier. */
  path,
  /** A classifier as a file, with what its graph cannot tell. */
  z.strictObject({
    /** .onnx */
    graph: path,
    /** A line for each output; they are numbered where there is none. */
    labels: z.union([path, z.array(z.string()).min(1)]).optional(),
    /** Fields of preprocessor_config.json: image_mean, image_std, size, crop_size ... */
    preprocessor: z.record(z.string(), z.unknown()),
    name: z.string().min(1).optional(),
  }),
])
export type StudyModel = z.infer<typeof studyModelSchema>

/** What is not named stays as the task has it. */
const changes = {
  title: z.string().min(1).optional(),
  template: z.string().optional(),
  /** What classes are called, by folder. */
  names: z.record(z.string(), z.string().min(1)).optional(),
  /** The first so many of them, or those of these folders. */
  classes: z.union([z.int().min(2), z.array(z.string()).min(2)]).optional(),
  /** Training pictures of each class, drawn anew by every seed of the study; validation and test stay the same. */
  shots: z.int().positive().optional(),
  /** The test pictures are answered once more in each of these ways; nothing is learned on them. */
  shifts: z.array(corruptionSchema).min(1).optional(),
}

export const studyTaskSchema = z.union([
  /** An embedded sample task. */
  z.strictObject({ sample: z.string(), ...changes }),
  /** A folder of class folders, or a zip of one. */
  z.strictObject({
    images: path,
    ...changes,
    splitSeed: z.int().min(0).default(0),
    /** At most so many pictures of each class are opened, spread evenly over its files in the order of their names. */
    perClass: z.int().min(3).optional(),
    /** Shares of each class that are drawn to validate and to test, 0.2 each unless said. */
    val: z.number().gt(0).lt(1).optional(),
    test: z.number().gt(0).lt(1).optional(),
  }),
])
export type StudyTask = z.infer<typeof studyTaskSchema>
