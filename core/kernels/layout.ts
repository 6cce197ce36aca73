/**
 * Layout of the structures in the kernels' memory, shared by the TypeScript that fills them and the AssemblyScript
 * that reads them (so: plain numbers only). Offsets in bytes; fields are i32 unless said otherwise.
 *
 * One network's layout is a header, which also says what block of rows is being worked on, a cell per thread and a record
 * per layer.
 */

/* Header. */
export const LAYER_COUNT = 0;
/** Rows of this block. */
export const ROWS = 4;
/** Rows of the whole batch, which the loss is the mean over. */
export const BATCH_ROWS = 8;
/** 1: gradients start at zero. 0: they continue those of the batch's earlier blocks. */
export const IS_FIRST = 12;
/** 1: the gradients are complete after this block. */
export const IS_LAST = 16;
/** u32 [rows]: row of x for each row of the block. */
export const BATCH = 20;
/** u32 [x.rows + 1]: where each row's entries begin, counted in entries. */
export const X_POINTERS = 24;
/** {u32 column, f32 value} per entry. */
export const X_ENTRIES = 28;
/** u32 [rows]: class of each row of the block. */
export const LABELS = 32;
/** 1: also compute deltas and gradients. */
export const IS_TRAINING = 36;
export const ACTIVATION = 40;
export const OUTPUT = 44;
/** One of UPDATE_… */
export const UPDATE = 48;
export const SCRATCH = 56;
/** Bytes of scratch per thread: PIECE_ROWS rows of the widest layer. */
export const SCRATCH_BYTES = 60;
/** f32: this step's learning rate (for Adam with its bias correction). */
export const RATE = 64;
/** f32: λ, added as λ·w to the gradients of weights, not of biases. */
export const WEIGHT_DECAY = 68;
/** f32: momentum's α or Adam's 1 - β1. */
export const FACTOR_1 = 72;
/** f32: Adam's 1 - β2. */
export const FACTOR_2 = 76;
/** Per thread i32: 0 when one of its outputs was not finite. */
export const IS_FINITE = 80;
export const MAX_THREADS = 8;
/**
 * Next piece of work of the update phase; threads take pieces in turn. In a cache line of its own: the other fields are
 * read all the time.
 */
export const NEXT_PIECE = 192;
export const LAYERS = 256;

/* A layer's record. */
export const LAYER_BYTES = 160;
export const INPUTS = 0;
export const OUTPUTS = 4;
/** Bytes of a row of this layer's weights, activations and deltas: outputs rounded up to whole vectors. */
export const STRIDE = 8;
/** f32 [inputs, stride]. Lanes beyond the outputs stay zero. */
export const WEIGHTS = 12;
/** f32 [stride]. */
export const BIAS = 16;
/** f32 [rows, stride]: z, then the activation in its place. */
export const VALUES = 20;
/** f32 [rows, stride]. */
export const DELTAS = 24;
/** f32 [inputs, stride]; 0 when one block holds every batch and nobody asks for gradients. */
export const GRADIENT = 28;
/** f32 [stride]. */
export const BIAS_GRADIENT = 32;
/** Optimizer state in the shape of weights and bias, or 0. */
export const STATE_1 = 36;
export const STATE_2 = 40;
export const BIAS_STATE_1 = 44;
export const BIAS_STATE_2 = 48;
/** Of the first layer, over entries. Per thread u32 [inputs]: address at which the thread's bucket of an input goes on. */
export const CELLS = 52;
/** Per thread [inputs, capacity] of {u32 row of the block, f32 value}. */
export const BUCKETS = 56;
/**
 * Per row [inputs + 2] of {u32 column, f32 value}: a hidden layer's non-zero inputs; at the end, where they end. Of a first
 * layer over bytes the thread's rows follow each other instead.
 */
export const LISTS = 60;

/** Of a network with layers of several kinds: what this one is. */
export const KIND = 64;
/** An activation's code, or NO_ACTIVATION. */
export const LAYER_ACTIVATION = 68;
/** Bytes of a sample's values: PLACE_COUNT pixels of STRIDE bytes; of units STRIDE. */
export const ROW = 72;
/** Pixels, or 1 of units. */
export const PLACE_COUNT = 76;
/** Floats of a pixel that are in use. */
export const CHANNELS = 80;
/** Of the pictures that arrive. */
export const IN_CHANNELS = 84;
/** Bytes of one of their pixels. */
export const IN_PIXEL = 88;
export const IN_HEIGHT = 92;
export const IN_WIDTH = 96;
export const WINDOW_HEIGHT = 100;
export const WINDOW_WIDTH = 104;
export const STRIDE_DOWN = 108;
export const STRIDE_ACROSS = 112;
/** Pixels of zeros above and left of the picture. */
export const TOP = 116;
export const LEFT = 120;
export const PLACES_DOWN = 124;
export const PLACES_ACROSS = 128;
/** f32 [rows] of FRAME_BYTES: in training, the pictures that a convolution's windows move over, with the zeros around them. */
export const FRAME = 132;
/** Bytes of a line of such a picture: its pixels have IN_CHANNELS floats each. */
export const FRAME_LINE = 136;
/** u32: draws below it leave a value out. */
export const THRESHOLD = 140;
/** f32: factor of the values that stay. */
export const SCALE = 144;
/** Place of the layer in the network's plan. */
export const PLAN_INDEX = 148;
/** Bytes of a picture with the zeros around it, rounded up to whole vectors. */
export const FRAME_BYTES = 152;
/** Per thread f32 [WINDOW_HEIGHT, WINDOW_WIDTH, OUTPUTS] of IN_PIXEL bytes: a convolution's weights, inputs last. */
export const TURNED = 156;
/** Kinds. */
export const DENSE = 0;
export const INPUT = 1;
export const CONVOLUTION = 2;
export const MAX_POOL = 3;
export const AVERAGE_POOL = 4;
export const FLATTEN = 5;
export const DROPOUT = 6;
export const NO_ACTIVATION = -1;

/** Header: 1 where layers are of several kinds, and no hidden layer leaves out zeros. */
export const IS_MIXED = 160;
/** 1 where dropout leaves values out, drawn from these. */
export const HAS_NOISE = 164;
export const NOISE_SEED = 168;
export const NOISE_STEP = 172;
/** Row of the batch that the block begins with. */
export const FIRST_ROW = 176;
/** Per thread: one picture with the zeros around it, of any layer. */
export const FRAMES = 180;
export const FRAMES_BYTES = 184;

/** Samples that a thread's bucket holds: the block's rows over the threads, rounded up. Header field. */
export const CAPACITY = 112;
export const THREADS = 116;
/** f32: a row of zeros as wide as the widest layer's, which nobody writes. */
export const ZEROS = 120;
/** {u32 address, u32 end} [rows]: entries of each of the block's rows, of the layer at hand. */
export const SPANS = 124;
/** u8 [x.rows, X_STRIDE]: the data where it is bytes, else 0. */
export const X_BYTES = 128;
export const X_STRIDE = 132;
/** f32 [256]: the input that each byte stands for. */
export const BYTE_VALUES = 136;
/** u32 [rows]: address of each of the block's rows of bytes. */
export const ROW_ADDRESSES = 140;
/** Per thread u8 [16, COLUMN_BYTES]: columns of the block's bytes. */
export const COLUMNS = 144;
/** Bytes of a column: one per row of the largest block. */
export const COLUMN_BYTES = 256;
export const COLUMNS_BYTES = 4096;
/** f32 [rows, stride of the last layer]: what each row of the block should give, or 0 where LABELS say it. */
export const TARGETS = 148;
/** Per thread {u32 row, f32 value} [PIECE_ROWS, COLUMN_ENTRIES_BYTES]: what is not zero in each of a piece's columns. */
export const ENTRIES = 152;
/** Per thread u32 [PIECE_ROWS]: where they end. */
export const ENTRY_ENDS = 156;
/** Room for an entry per row of the largest block, one more, and not a multiple of what caches count by. */
export const COLUMN_ENTRIES_BYTES = 2112;
export const ENTRIES_BYTES = 33_792;
/** Vectors of the widest tile of accumulators: as many as leave registers for a factor and a product. */
export const WIDEST_TILE = 13;
/** Rows of weights that a thread updates at a time. */
export const PIECE_ROWS = 16;
/** Activation codes. */
export const SIGMOID = 0;
export const RELU = 1;
export const STEP = 2;
export const IDENTITY = 3;
/** Output codes. */
export const SOFTMAX = 0;
export const LINEAR = 1;
/** Update codes. */
export const UPDATE_NONE = 0;
export const UPDATE_SGD = 1;
export const UPDATE_MOMENTUM = 2;
export const UPDATE_ADAGRAD = 3;
export const UPDATE_ADAM = 4;

/** The block that a thread pool shares. */
export const POOL_BYTES = 64;
/** Number of the phase, shifted by 4, and how many threads take part in it: changes last, so that it announces. */
export const POOL_PHASE = 0;
export const POOL_OPERATION = 4;
export const POOL_LAYOUT = 8;
export const POOL_DONE = 12;
export const POOL_READY = 16;
export const POOL_SLEEPING = 20;
export const OPERATION_FORWARD = 1;
export const OPERATION_UPDATE = 2;
export const OPERATION_EXIT = 3;
